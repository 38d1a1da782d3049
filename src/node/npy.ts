import { InvalidOptionError } from '../errors.ts';
import { FileReadError } from '../platform/errors.ts';
import type { ByteSource } from '../platform/files.ts';
import { NpyFormatError, NpyLayoutError, NpyLengthError } from './errors.ts';
import { openLocalFile, writeLocalFile } from './files.ts';
import type { InputFile, ReadFile } from './input-file.ts';

/** A float32 array in C order. */
export interface NpyArray {
  readonly shape: readonly number[];
  /** As long as the product of the shape. */
  readonly data: Float32Array;
}

const MAGIC = '\x93NUMPY';
/** Magic, version 1.0 and the header's length. */
const PREFIX_BYTES = 10;
/** Alignment of the data, so that it can be memory-mapped. */
const ALIGNMENT = 64;
const PIECE_BYTES = 1 << 26;

/**
 * The bytes of a .npy file, version 1.0, as `numpy.save` writes them for a float32 array in C order.
 * @throws {InvalidOptionError} unless the data is as long as the shape says
 */
export function* npyPieces({ shape, data }: NpyArray): Generator<Uint8Array> {
  const size = shape.reduce((product, side) => product * side, 1);
  if (size !== data.length) {
    throw new InvalidOptionError('shape', `of ${data.length} elements`, `[${shape.join(', ')}]`);
  }
  yield npyHeader(shape);
  for (let at = 0; at < data.byteLength; at += PIECE_BYTES) {
    yield new Uint8Array(data.buffer, data.byteOffset + at, Math.min(PIECE_BYTES, data.byteLength - at));
  }
}

/** The bytes before the data. */
export function npyHeader(shape: readonly number[]): Uint8Array {
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dict = `{'descr': '<f4', 'fortran_order': False, 'shape': (${tuple}), }`;
  const length = Math.ceil((PREFIX_BYTES + dict.length + 1) / ALIGNMENT) * ALIGNMENT;
  const text = `${dict.padEnd(length - PREFIX_BYTES - 1)}\n`;
  const header = Buffer.from(`${MAGIC}\x01\x00\x00\x00${text}`, 'latin1');
  header.writeUInt16LE(text.length, MAGIC.length + 2);
  return header;
}

/** Writes an array as a .npy file, which appears under its name once it is complete. */
export async function writeNpy(path: string, array: NpyArray): Promise<void> {
  await writeLocalFile(path, async (sink) => {
    for (const piece of npyPieces(array)) await sink.write(piece);
  });
}

/**
 * Reads a .npy file, version 1.0, of any number of axes.
 * @throws {FileReadError} if there is no such file
 * @throws {NpyFormatError} if it is no .npy file
 * @throws {NpyLayoutError} for other element types, big-endian data and Fortran order
 * @throws {NpyLengthError} if it is too short or too long for its shape
 */
export async function readNpy(file: InputFile): Promise<NpyArray> {
  const source = typeof file === 'string' ? await openExisting(file) : bytesSource(file);
  try {
    const { shape, start } = await readHeader(source);
    const size = shape.reduce((product, side) => product * side, 1);
    if (source.size - start !== size * 4) {
      throw new NpyLengthError(source.name, shape, size * 4, source.size - start);
    }
    return { shape, data: await readFloats(source, start, size) };
  } finally {
    await source.close();
  }
}

async function openExisting(path: string): Promise<ByteSource> {
  const source = await openLocalFile(path);
  if (!source) throw new FileReadError(path, 'there is no such file');
  return source;
}

/** The reader asks for no more than there is. */
function bytesSource({ name, bytes }: ReadFile): ByteSource {
  return {
    name,
    size: bytes.length,
    read: async (offset, length) => bytes.slice(offset, offset + length),
    close: async () => {},
  };
}

async function readFloats(source: ByteSource, start: number, size: number): Promise<Float32Array> {
  const data = new Float32Array(size);
  const bytes = new Uint8Array(data.buffer);
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    bytes.set(await source.read(start + at, Math.min(PIECE_BYTES, bytes.length - at)), at);
  }
  return data;
}

/** The array's shape, and where its data starts. */
async function readHeader(source: ByteSource): Promise<{ shape: number[]; start: number }> {
  const prefix = Buffer.from(await source.read(0, Math.min(PREFIX_BYTES, source.size)));
  if (prefix.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    throw new NpyFormatError(source.name, 'its first bytes are not those of the format');
  }
  if (prefix.length < PREFIX_BYTES) throw new NpyFormatError(source.name, 'it ends within its header');
  const [major, minor] = [prefix[MAGIC.length], prefix[MAGIC.length + 1]];
  if (major !== 1 || minor !== 0) {
    throw new NpyFormatError(source.name, `its version is ${major}.${minor}, only 1.0 is read`);
  }
  const length = prefix.readUInt16LE(MAGIC.length + 2);
  const start = PREFIX_BYTES + length;
  if (start > source.size) throw new NpyFormatError(source.name, 'it ends within its header');
  const header = Buffer.from(await source.read(PREFIX_BYTES, length)).toString('latin1');
  return { shape: parseHeader(source.name, header), start };
}

/** The header is a Python dict; keys may come in any order. */
function parseHeader(file: string, header: string): number[] {
  const field = (key: string, value: string) =>
    new RegExp(`['"]${key}['"]\\s*:\\s*${value}\\s*[,}]`).exec(header)?.[1];
  const descr = field('descr', '(\\[.*\\]|[\'"][^\'"]*[\'"])');
  const order = field('fortran_order', '(True|False)');
  const shape = field('shape', '\\(([\\d\\s,]*)\\)');
  if (descr === undefined || order === undefined || shape === undefined) {
    throw new NpyFormatError(file, 'its header lacks descr, fortran_order or shape');
  }
  const dtype = descr.slice(1, -1);
  const sides = (shape.match(/\d+/g) ?? []).map(Number);
  const vector = sides.filter((side) => side !== 1).length <= 1; // both orders are the same then
  if (dtype !== '<f4') throw new NpyLayoutError(file, `dtype ${descr}`);
  if (order === 'True' && !vector) throw new NpyLayoutError(file, 'Fortran order');
  return sides;
}
