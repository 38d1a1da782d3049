import { InvalidOptionError } from '../errors.ts';
import { cut } from '../excerpt.ts';
import type { ByteSource } from '../platform/files.ts';
import { allocateOnHost, HostMemoryError } from '../platform/host-memory.ts';
import { type ElementType, elementType, isElementCode, toFloat32 } from './element-types.ts';
import { ElementRangeError, NpyFormatError, NpyLayoutError, NpyLengthError } from './errors.ts';

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
/** NumPy itself refuses longer ones than 10,000 unless told otherwise; what looks for fields in it takes the square of the length. */
const MOST_HEADER = 1 << 16;

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
  const text = `${MAGIC}\x01\x00\x00\x00${dict.padEnd(length - PREFIX_BYTES - 1)}\n`;
  const header = Uint8Array.from(text, (character) => character.charCodeAt(0));
  new DataView(header.buffer).setUint16(MAGIC.length + 2, length - PREFIX_BYTES, true);
  return header;
}

/** What the header of a .npy file says. */
export interface NpyHeader {
  readonly shape: readonly number[];
  readonly type: ElementType;
  /** The first axis varies fastest, as in Fortran. */
  readonly fortran: boolean;
}

/**
 * Reads a .npy file of any version and any number of axes, as float32 in C order, whatever it holds: floats of 16, 32 and 64
 * bits (the latter rounded to the nearest float32), integers that are float32 exactly, either byte order, Fortran order.
 * @throws {NpyFormatError} if it is no .npy file
 * @throws {NpyLayoutError} for other element types
 * @throws {NpyLengthError} if it is too short or too long for its shape
 * @throws {ElementRangeError} @throws {HostMemoryError}
 */
export async function readNpyArray(source: ByteSource): Promise<NpyArray> {
  const { shape, type, fortran, start } = await readNpyHeader(source);
  const size = shape.reduce((product, side) => product * side, 1);
  const data = await readElements({
    ...{ file: source.name, type, size },
    read: (offset, length) => source.read(start + offset, length),
    indicesOf: (index) =>
      fortran ? indicesOf(index, [...shape].reverse()).reverse() : indicesOf(index, shape),
  });
  return { shape, data: fortran ? transposed(data, shape) : data };
}

/**
 * What a .npy file holds, and where its data starts, without a look at the data.
 * @throws {NpyFormatError} @throws {NpyLayoutError} @throws {NpyLengthError}
 */
export async function readNpyHeader(source: ByteSource): Promise<NpyHeader & { readonly start: number }> {
  const header = await readHeader(source);
  const { shape, type, start } = header;
  const bytes = shape.reduce((product, side) => product * side, 1) * type.bytes;
  if (source.size - start !== bytes) throw new NpyLengthError(source.name, shape, bytes, source.size - start);
  return header;
}

/** The number of axes, without a look at the data; undefined for elements that are no numbers. */
export async function npyAxes(source: ByteSource): Promise<number | undefined> {
  try {
    return (await readHeader(source)).shape.length;
  } catch (error) {
    if (error instanceof NpyLayoutError) return undefined;
    throw error;
  }
}

/** Elements in a file. */
export interface StoredElements {
  readonly file: string;
  readonly type: ElementType;
  /** How many there are. */
  readonly size: number;
  /** Bytes of them. */
  readonly read: (offset: number, length: number) => Promise<Uint8Array>;
  /** The place of one in the array, for messages. */
  readonly indicesOf: (index: number) => readonly number[];
}

/** Reads elements in the order in which they are stored. @throws {ElementRangeError} @throws {HostMemoryError} */
export async function readElements({
  file,
  type,
  size,
  read,
  indicesOf,
}: StoredElements): Promise<Float32Array> {
  const data = allocateOnHost(
    {},
    size * 4,
    () => new Float32Array(size),
    (available, options) =>
      new HostMemoryError(`${file}: its array`, size * 4, available, 'take some of its rows', options),
  );
  const bytes = size * type.bytes;
  for (let at = 0; at < bytes; at += PIECE_BYTES) {
    const piece = await read(at, Math.min(PIECE_BYTES, bytes - at));
    const unfit = toFloat32(piece, type, data, at / type.bytes);
    if (unfit) throw new ElementRangeError(file, indicesOf(unfit.index), unfit.value);
  }
  return data;
}

/** The place of an element in an array in C order. */
export function indicesOf(index: number, shape: readonly number[]): number[] {
  const indices: number[] = [];
  let rest = index;
  for (const side of [...shape].reverse()) {
    indices.unshift(rest % side);
    rest = Math.floor(rest / side);
  }
  return indices;
}

/** From Fortran order to C order. */
function transposed(data: Float32Array, shape: readonly number[]): Float32Array {
  const out = new Float32Array(data.length);
  const at = shape.map(() => 0);
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, side) => product * side, 1));
  let offset = 0;
  for (const value of data) {
    out[offset] = value;
    for (const [axis, side] of shape.entries()) {
      offset += strides[axis] ?? 0;
      at[axis] = (at[axis] ?? 0) + 1;
      if (at[axis] !== side) break;
      offset -= side * (strides[axis] ?? 0);
      at[axis] = 0;
    }
  }
  return out;
}

/** What the header says, and where the data starts. Versions differ in the length of the header's length, and its encoding. */
async function readHeader(source: ByteSource): Promise<NpyHeader & { readonly start: number }> {
  const prefix = await source.read(0, Math.min(PREFIX_BYTES + 2, source.size));
  if (latin1(prefix.subarray(0, MAGIC.length)) !== MAGIC) {
    throw new NpyFormatError(source.name, 'its first bytes are not those of the format');
  }
  const [major = 0, minor = 0] = prefix.subarray(MAGIC.length);
  const prefixBytes = major === 1 ? PREFIX_BYTES : PREFIX_BYTES + 2;
  if (prefix.length < prefixBytes) throw new NpyFormatError(source.name, 'it ends within its header');
  if (major < 1 || major > 3 || minor !== 0) {
    throw new NpyFormatError(source.name, `its version is ${major}.${minor}, only 1.0, 2.0 and 3.0 are read`);
  }
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.length);
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const start = prefixBytes + length;
  if (start > source.size) throw new NpyFormatError(source.name, 'it ends within its header');
  if (length > MOST_HEADER) throw new NpyFormatError(source.name, `its header has ${length} bytes`);
  return { ...parseHeader(source.name, latin1(await source.read(prefixBytes, length))), start };
}

/** A character a byte: `TextDecoder` takes `latin1` for Windows' code page. */
function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
}

/** The header is a Python dict; keys may come in any order. */
function parseHeader(file: string, header: string): NpyHeader {
  const field = (key: string, value: string) =>
    new RegExp(`['"]${key}['"]\\s*:\\s*${value}\\s*[,}]`).exec(header)?.[1];
  const descr = field('descr', '(\\[.*\\]|[\'"][^\'"]*[\'"])');
  const order = field('fortran_order', '(True|False)');
  const shape = field('shape', '\\(([\\d\\s,]*)\\)');
  if (descr === undefined || order === undefined || shape === undefined) {
    throw new NpyFormatError(file, 'its header lacks descr, fortran_order or shape');
  }
  const sides = (shape.match(/\d+/g) ?? []).map(Number);
  if (!sides.every(Number.isSafeInteger)) throw new NpyFormatError(file, `its shape is (${cut(shape)})`);
  const [, byteOrder, code = ''] = /^['"]([<>|=])(\w+)['"]$/.exec(descr) ?? [];
  if (!isElementCode(code)) throw new NpyLayoutError(file, `dtype ${descr}`);
  return { shape: sides, type: elementType(code, byteOrder === '>'), fortran: order === 'True' };
}
