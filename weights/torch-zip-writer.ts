import { byteLengthOf, checkedPieces, type TensorEntry } from './safetensors-writer.ts';
import type { ByteSink } from './sinks.ts';
import { elementCount, type TensorDtype } from './tensor-info.ts';
import { zipPieces } from './zip-writer.ts';

const STORAGE_TYPES: Readonly<Record<TensorDtype, string>> = {
  F64: 'DoubleStorage',
  F32: 'FloatStorage',
  F16: 'HalfStorage',
  BF16: 'BFloat16Storage',
  I64: 'LongStorage',
  I32: 'IntStorage',
  I16: 'ShortStorage',
  I8: 'CharStorage',
  U8: 'ByteStorage',
  BOOL: 'BoolStorage',
};

/**
 * Writes what `torch.save(state_dict, file)` writes (torch 1.6 and later), piece by piece: an OrderedDict of
 * tensors in the order of the entries, each with a storage of its own. For models made here: `convert` writes
 * safetensors.
 * @throws {TensorDataLengthError} if an entry brings more or fewer bytes than its shape says
 */
export async function writeTorchZip(sink: ByteSink, entries: readonly TensorEntry[]): Promise<void> {
  for await (const piece of torchZipPieces(entries)) await sink.write(piece);
}

/** The bytes that {@link writeTorchZip} writes. */
export function torchZipPieces(entries: readonly TensorEntry[]): AsyncGenerator<Uint8Array> {
  return zipPieces([
    stored('archive/data.pkl', stateDictPickle(entries)),
    ...entries.map((entry, index) => ({
      name: `archive/data/${index}`,
      size: byteLengthOf(entry),
      pieces: () => checkedPieces(entry),
    })),
    stored('archive/version', new TextEncoder().encode('3\n')),
  ]);
}

function stored(name: string, bytes: Uint8Array) {
  return { name, size: bytes.length, pieces: () => [bytes] };
}

/** Protocol 2 without memo: longer than torch's own pickle, and read the same. */
function stateDictPickle(entries: readonly TensorEntry[]): Uint8Array {
  const pickle = new Pickler().opcodes(0x80, 2); // PROTO 2
  pickle.emptyOrderedDict().opcodes(0x28); // MARK
  for (const [index, entry] of entries.entries()) {
    pickle.text(entry.name);
    tensor(pickle, index, entry);
  }
  return pickle.opcodes(0x75, 0x2e).done(); // SETITEMS, STOP
}

/** `torch._utils._rebuild_tensor_v2(storage, 0, size, stride, False, OrderedDict())`. */
function tensor(pickle: Pickler, index: number, { dtype, shape }: TensorEntry): void {
  pickle.global('torch._utils', '_rebuild_tensor_v2').opcodes(0x28); // MARK
  pickle.opcodes(0x28).text('storage').global('torch', STORAGE_TYPES[dtype]).text(String(index)).text('cpu');
  pickle.integer(elementCount(shape)).opcodes(0x74, 0x51); // TUPLE, BINPERSID
  pickle.integer(0).tuple(shape).tuple(stridesOf(shape));
  pickle.opcodes(0x89).emptyOrderedDict().opcodes(0x74, 0x52); // NEWFALSE, ..., TUPLE, REDUCE
}

function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
}

class Pickler {
  private readonly bytes: number[] = [];

  opcodes(...codes: number[]): this {
    this.bytes.push(...codes);
    return this;
  }

  emptyOrderedDict(): this {
    return this.global('collections', 'OrderedDict').opcodes(0x29, 0x52); // EMPTY_TUPLE, REDUCE
  }

  global(module: string, name: string): this {
    return this.opcodes(0x63, ...new TextEncoder().encode(`${module}\n${name}\n`));
  }

  text(value: string): this {
    const utf8 = new TextEncoder().encode(value);
    return this.opcodes(0x58)
      .littleEndian(utf8.length, 4)
      .opcodes(...utf8); // BINUNICODE
  }

  tuple(values: readonly number[]): this {
    this.opcodes(0x28);
    for (const value of values) this.integer(value);
    return this.opcodes(0x74);
  }

  integer(value: number): this {
    if (value < 0x100) return this.opcodes(0x4b, value); // BININT1
    if (value < 0x80000000) return this.opcodes(0x4a).littleEndian(value, 4); // BININT
    return this.opcodes(0x8a, 8).littleEndian(value, 8); // LONG1
  }

  done(): Uint8Array {
    return Uint8Array.from(this.bytes);
  }

  private littleEndian(value: number, bytes: number): this {
    for (let i = 0; i < bytes; i++) this.bytes.push(Math.floor(value / 256 ** i) % 256);
    return this;
  }
}
