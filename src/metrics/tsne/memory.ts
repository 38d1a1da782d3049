import { DeviceLimitError } from '../../device/errors.ts';
import type { Gpu } from '../../device/gpu.ts';
import { PANEL_GAP } from '../../kernels/gemm/packed-matrix.ts';
import { bindableRows, padded } from '../neighbours/points.ts';
import type { Vectors } from '../vectors.ts';
import type { TsneSettings } from './options.ts';

/** 3 perplexity + 1, as in scikit-learn; all others for the exact method. */
export function neighbourCount(
  n: number,
  { perplexity, method }: Pick<TsneSettings, 'perplexity' | 'method'>,
): number {
  return method === 'exact' ? n - 1 : Math.min(n - 1, Math.floor(3 * perplexity + 1));
}

/**
 * Refuses, before the first step, a map whose buffers a kernel could not bind. Points and P are split to fit; the
 * neighbours of all points, the tree, and PCA's matrix over the smaller side are not.
 * @throws {DeviceLimitError} naming what is too large, and what to do
 */
export function expectMapFits(
  gpu: Gpu,
  { rows, dim }: Pick<Vectors, 'rows' | 'dim'>,
  settings: Pick<TsneSettings, 'perplexity' | 'method' | 'init'>,
): void {
  const { method, init, perplexity } = settings;
  const k = neighbourCount(rows, settings);
  const points = rows.toLocaleString('en');
  if (method === 'exact') {
    expectBound(gpu, "tsne: method 'exact' (bytes)", 4 * rows * k, "use method 'barnes_hut'");
  } else {
    const what = `tsne: ${k} neighbours of each of ${points} points (bytes)`;
    const advice = 'map a sample of the points';
    expectBound(gpu, what, 4 * rows * k, perplexity > 5 ? `lower the perplexity, or ${advice}` : advice);
    expectBound(gpu, `tsne: the tree of ${points} points (bytes)`, 16 * (2 * rows - 1), advice);
  }
  if (init === 'pca') {
    const side = Math.min(rows, dim);
    const stride = Math.max(padded(side), 4 + PANEL_GAP); // at least four columns are multiplied at a time
    const what = `tsne: init 'pca' of ${side.toLocaleString('en')} dimensions (bytes)`;
    expectBound(gpu, what, 4 * padded(side) * stride, "use init 'random' or an array");
  }
  expectRows(gpu, 'tsne', dim);
}

/** Four rows at least are multiplied at a time. @throws {DeviceLimitError} */
export function expectRows(gpu: Gpu, operation: string, dim: number): void {
  if (bindableRows(padded(dim), gpu.limits) >= 4) return;
  const { maxStorageBufferBindingSize } = gpu.limits;
  const what = `${operation}: four rows of ${dim.toLocaleString('en')} values (bytes)`;
  throw new DeviceLimitError(what, 16 * dim, maxStorageBufferBindingSize, 'map vectors of fewer dimensions');
}

export function expectBound({ limits }: Gpu, what: string, bytes: number, advice: string): void {
  const limit = limits.maxStorageBufferBindingSize;
  if (bytes > limit) throw new DeviceLimitError(what, bytes, limit, advice);
}
