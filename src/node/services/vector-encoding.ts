import type { Vectors } from '../../metrics/vectors.ts';

/** `base64`: the row's bytes, little-endian float32. `float`: its numbers, each exactly the f32. */
export type Encoding = 'base64' | 'float';

export function encodeRow({ data, dim }: Vectors, row: number, encoding: Encoding): string | number[] {
  const values = data.subarray(row * dim, (row + 1) * dim);
  if (encoding === 'float') return Array.from(values);
  const bytes = new DataView(new ArrayBuffer(4 * dim));
  for (const [i, value] of values.entries()) bytes.setFloat32(4 * i, value, true);
  return Buffer.from(bytes.buffer).toString('base64');
}
