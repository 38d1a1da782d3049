// Reads what towers.py wrote.
import { readFileSync } from 'node:fs';

export interface GoldenTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

interface Entry {
  readonly dtype: 'float16' | 'float32' | 'int32';
  readonly shape: readonly number[];
  readonly offset: number;
}

interface Index {
  readonly config: { heads: number; depth: number; imageSize: number; patch: number };
  readonly tensors: Readonly<Record<string, Entry>>;
}

const index = JSON.parse(readFileSync(new URL('towers.json', import.meta.url), 'utf8')) as Index;
const blob = readFileSync(new URL('towers.bin', import.meta.url));
const bytes = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);

/** Both small towers' sizes; LayerNorm's eps is each tower's own. */
export const goldenConfig = index.config;

/** A weight, input or output by name, as float32. @throws {RangeError} if there is none */
export function golden(name: string): GoldenTensor {
  const entry = index.tensors[name];
  if (!entry) throw new RangeError(`towers.json has no tensor ${name}`);
  const { dtype, shape, offset } = entry;
  const data = new Float32Array(shape.reduce((size, n) => size * n, 1));
  for (let i = 0; i < data.length; i++) data[i] = readers[dtype](offset, i);
  return { shape, data };
}

/** The texts' token ids, without padding. */
export function goldenTexts(): number[][] {
  const { shape, data: ids } = golden('input_ids');
  const { data: mask } = golden('attention_mask');
  const [rows = 0, length = 0] = shape;
  return Array.from({ length: rows }, (_, row) =>
    [...ids.subarray(row * length, (row + 1) * length)].filter((_, i) => mask[row * length + i] === 1),
  );
}

const readers = {
  float16: (offset: number, i: number) => float16(bytes.getUint16(offset + 2 * i, true)),
  float32: (offset: number, i: number) => bytes.getFloat32(offset + 4 * i, true),
  int32: (offset: number, i: number) => bytes.getInt32(offset + 4 * i, true),
};

/** IEEE binary16, finite values only. */
function float16(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const magnitude = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
  return bits & 0x8000 ? -magnitude : magnitude;
}
