import type { Vectors } from './types.ts';

/** What is left of a length of 1 after rounding, in float16 too. */
const ROUNDING = 2e-3;

/**
 * The given rows, of length 1.
 * @throws {Error} that names the row without a direction: zero, NaN or infinite
 */
export function unitRows(
  { file, vectors }: { readonly file: string; readonly vectors: Vectors },
  taken: readonly number[],
): { readonly rows: Vectors; readonly isScaled: boolean } {
  const { data, dim } = vectors;
  const out = new Float32Array(taken.length * dim);
  let isScaled = false;
  for (const [i, row] of taken.entries()) {
    let squares = 0;
    for (let d = row * dim; d < (row + 1) * dim; d++) squares += (data[d] ?? 0) ** 2;
    if (!(squares > 0 && squares < Infinity)) {
      throw new Error(
        `${file}: row ${row} (counted from 0) has no direction: it is zero, NaN or infinite. Leave it out.`,
      );
    }
    const length = Math.sqrt(squares);
    const isUnit = Math.abs(length - 1) < ROUNDING;
    isScaled ||= !isUnit;
    for (let d = 0; d < dim; d++) out[i * dim + d] = (data[row * dim + d] ?? 0) / (isUnit ? 1 : length);
  }
  return { rows: { data: out, rows: taken.length, dim }, isScaled };
}
