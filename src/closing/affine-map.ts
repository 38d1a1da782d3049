import type { AffineMap, ClosingMaps, LinearMap } from '../closing-data.ts';
import type { Gpu } from '../device/gpu.ts';
import { ShapeError } from '../errors.ts';
import { linear } from '../kernels/gemm/gemm.ts';
import { bindableRows, packRows, padded } from '../metrics/neighbours/points.ts';
import type { Vectors } from '../metrics/vectors.ts';
import { ClosedToZeroError } from './errors.ts';
import { meanOf, unitRows } from './sample.ts';

/** A direction shorter than this is rounding error in f32. */
const NO_DIRECTION = 1e-6;

/** The map that moves nothing but by c: W = I and b = bias. */
export function translation(bias: ArrayLike<number>): LinearMap {
  const dim = bias.length;
  const weight = new Float32Array(dim * dim);
  for (let d = 0; d < dim; d++) weight[d * dim + d] = 1;
  return { weight, bias: Float32Array.from(bias), dim, outDim: dim };
}

/** W x + b with W in double precision and the mean of the rows taken to 0: b = -W mean. */
export function centredMap(weight: Float64Array, mean: Float64Array): LinearMap {
  const dim = mean.length;
  const outDim = weight.length / dim;
  const bias = Float32Array.from({ length: outDim }, (_, o) => {
    let sum = 0;
    for (let d = 0; d < dim; d++) sum -= (weight[o * dim + d] as number) * (mean[d] as number);
    return sum;
  });
  return { weight: Float32Array.from(weight), bias, dim, outDim };
}

/** With the c that takes the mean of the rows `[n, dim]`, of length 1, to `target`, by default 0. */
export async function recentred(
  gpu: Gpu,
  name: string,
  map: LinearMap,
  rows: Vectors,
  target: ArrayLike<number> = [],
): Promise<AffineMap> {
  const moved = await applyMap(gpu, name, notRecentred(map), rows);
  const mean = Float64Array.from({ length: map.outDim }, (_, o) => -(target[o] ?? 0));
  for (let i = 0; i < moved.length; i++) {
    mean[i % map.outDim] = (mean[i % map.outDim] as number) + (moved[i] as number) / rows.rows;
  }
  return { ...map, recentre: Float32Array.from(mean) };
}

/**
 * The same W about the mean of other rows `[n, dim]`, of length 1, such as prompts, which are worded otherwise than captions:
 * their mean is taken out before, and once more afterwards.
 */
export function withMeanOf(gpu: Gpu, name: string, map: AffineMap, rows: Vectors): Promise<AffineMap> {
  return recentred(gpu, name, centredMap(Float64Array.from(map.weight), meanOf(rows)), rows);
}

export function notRecentred(map: LinearMap): AffineMap {
  return { ...map, recentre: new Float32Array(map.outDim) };
}

/**
 * All rows `[n, dim]`, of length 1, through a map: `[n, outDim]`, of length 1. The product runs on the GPU in f32.
 * @param name the input's name in messages
 * @throws {ShapeError} unless the rows are as wide as what was fitted
 * @throws {ClosedToZeroError} for a row that has no direction afterwards
 */
export async function applyMap(
  gpu: Gpu,
  name: string,
  map: AffineMap,
  rows: Vectors,
): Promise<Float32Array<ArrayBuffer>> {
  const { dim, outDim, bias, recentre } = map;
  if (rows.dim !== dim) throw new ShapeError('closing', name, `[rows, ${dim}]`, [rows.rows, rows.dim]);
  const out = await productWithWeight(gpu, map, rows);
  for (let row = 0; row < rows.rows; row++) {
    const y = out.subarray(row * outDim, (row + 1) * outDim);
    for (let o = 0; o < outDim; o++) y[o] = (y[o] as number) + (bias[o] as number);
    const before = scaleToLength1(y);
    for (let o = 0; o < outDim; o++) y[o] = (y[o] as number) - (recentre[o] as number);
    if (before < NO_DIRECTION || scaleToLength1(y) < NO_DIRECTION) throw new ClosedToZeroError(name, row);
  }
  return out;
}

/** Rows of any length, with what else they have, such as ids. @throws {ShapeError} @throws {ClosedToZeroError} */
export async function closeRows<V extends Vectors>(
  gpu: Gpu,
  name: string,
  map: AffineMap,
  rows: V,
): Promise<V> {
  return { ...rows, data: await applyMap(gpu, name, map, unitRows(name, rows)), dim: map.outDim };
}

/** Images and texts, closed. @throws {ShapeError} @throws {ClosedToZeroError} */
export async function closeBoth<V extends Vectors>(
  gpu: Gpu,
  maps: ClosingMaps,
  { images, texts }: { readonly images: V; readonly texts: V },
): Promise<{ images: V; texts: V }> {
  return {
    images: await closeRows(gpu, 'images', maps.images, images),
    texts: await closeRows(gpu, 'texts', maps.texts, texts),
  };
}

/** @returns the length before */
function scaleToLength1(row: Float32Array): number {
  let squares = 0;
  for (let i = 0; i < row.length; i++) squares += (row[i] as number) ** 2;
  const length = Math.sqrt(squares);
  for (let i = 0; i < row.length; i++) row[i] = (row[i] as number) / length;
  return length;
}

/** x W^T for every row: `[n, outDim]`, as many rows at a time as a kernel can bind. */
async function productWithWeight(
  gpu: Gpu,
  map: LinearMap,
  rows: Vectors,
): Promise<Float32Array<ArrayBuffer>> {
  const { dim, outDim } = map;
  const [width, outWidth] = [padded(dim), padded(outDim)];
  const out = new Float32Array(rows.rows * outDim);
  const most = Math.max(1, Math.min(ROWS_A_PASS, bindableRows(Math.max(width, outWidth), gpu.limits)));
  if (rows.rows === 0) return out;
  const size = Math.min(most, rows.rows);
  const program = await gpu.record('closing', (cmd) => {
    const x = cmd.input([size, width]);
    const w = cmd.input([outDim, width]);
    const first = cmd.input([1], 'u32');
    const weight = packRows(cmd, { first: 0, rows: outDim, x: w }, first, outWidth);
    return { inputs: { x, w, first }, outputs: { y: linear(cmd, x, { weight }) } };
  });
  try {
    const w = widened(map.weight, dim, outDim, width);
    for (let first = 0; first < rows.rows; first += size) {
      const count = Math.min(size, rows.rows - first);
      const part = rows.data.subarray(first * dim, (first + count) * dim);
      const x = widened(part, dim, size, width);
      const { y } = await program.run({ x, w, first: Uint32Array.of(0) });
      for (let r = 0; r < count; r++) {
        out.set(y.subarray(r * outWidth, r * outWidth + outDim), (first + r) * outDim);
      }
    }
    return out;
  } finally {
    program.destroy();
  }
}

const ROWS_A_PASS = 8192;

/** Rows padded with zeros, and as many rows of zeros as are missing: `[count, width]` */
function widened(data: Float32Array, dim: number, count: number, width: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(count * width);
  for (let r = 0; r < count; r++) out.set(data.subarray(r * dim, (r + 1) * dim), r * width);
  return out;
}
