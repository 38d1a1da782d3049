import { NO_FAULT } from '../../kernels/gemm/pack-rows.ts';
import { elementType, toFloat32 } from '../../npy/element-types.ts';
import { FileModifiedError } from '../../platform/errors.ts';
import { NonFiniteVectorError, ZeroVectorError } from '../vectors.ts';
import type { RowSource } from './row-source.ts';

/**
 * Names what the GPU has found in a piece; the row is read again for its value.
 * @param faults the number of the first row with a NaN or an infinity, and of the first of zeros
 * @throws {NonFiniteVectorError} @throws {ZeroVectorError} @throws {FileModifiedError}
 */
export async function expectSoundRows(
  source: RowSource,
  [strange = NO_FAULT, zero = NO_FAULT]: Uint32Array,
): Promise<void> {
  if (strange === NO_FAULT && zero === NO_FAULT) return;
  await source.expectUnchanged();
  if (strange === NO_FAULT) throw new ZeroVectorError(source.name, zero);
  const values = new Float32Array(source.dim);
  toFloat32(await source.read(strange, 1), elementType(source.dtype === 'f16' ? 'f2' : 'f4'), values, 0);
  const column = values.findIndex((value) => !Number.isFinite(value));
  if (column < 0) throw new FileModifiedError(source.name);
  throw new NonFiniteVectorError(source.name, strange, column, values[column] ?? Number.NaN);
}
