import { InvalidOptionError } from '../errors.ts';
import type { ByteSource } from '../platform/files.ts';
import { NpyFormatError, NpyLayoutError, NpyLengthError } from './errors.ts';

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
  const text = `${MAGIC}\x01\x00\x00\x00${dict.padEnd(length - PREFIX_BYTES - 1)}\n`;
  const header = Uint8Array.from(text, (character) => character.charCodeAt(0));
  new DataView(header.buffer).setUint16(MAGIC.length + 2, length - PREFIX_BYTES, true);
  return header;
}

/**
 * Reads a .npy file, version 1.0, of any number of axes.
 * @throws {NpyFormatError} if it is no .npy file
 * @throws {NpyLayoutError} for other element types, big-endian data and Fortran order
 * @throws {NpyLengthError} if it is too short or too long for its shape
 */
export async function readNpyArray(source: ByteSource): Promise<NpyArray> {
  const { shape, start } = await readHeader(source);
  const size = shape.reduce((product, side) => product * side, 1);
  if (source.size - start !== size * 4) {
    throw new NpyLengthError(source.name, shape, size * 4, source.size - start);
  }
  return { shape, data: await readFloats(source, start, size) };
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
  const prefix = await source.read(0, Math.min(PREFIX_BYTES, source.size));
  if (latin1(prefix.subarray(0, MAGIC.length)) !== MAGIC) {
    throw new NpyFormatError(source.name, 'its first bytes are not those of the format');
  }
  if (prefix.length < PREFIX_BYTES) throw new NpyFormatError(source.name, 'it ends within its header');
  const [major, minor, low = 0, high = 0] = prefix.subarray(MAGIC.length);
  if (major !== 1 || minor !== 0) {
    throw new NpyFormatError(source.name, `its version is ${major}.${minor}, only 1.0 is read`);
  }
  const length = low + 256 * high;
  const start = PREFIX_BYTES + length;
  if (start > source.size) throw new NpyFormatError(source.name, 'it ends within its header');
  return { shape: parseHeader(source.name, latin1(await source.read(PREFIX_BYTES, length))), start };
}

/** A character a byte: `TextDecoder` takes `latin1` for Windows' code page. */
function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
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
