import type { Gpu } from '../device/gpu.ts';
import { choleskyFactor, trace } from '../metrics/linear-algebra.ts';
import { gramMatrix } from '../metrics/tsne/gram-matrix.ts';
import { inverseNorms, take, type Vectors } from '../metrics/vectors.ts';
import { NoSpreadError } from './errors.ts';

/** What a closing is fitted on: rows of length 1. */
export interface Sample {
  readonly images: Vectors;
  readonly texts: Vectors;
  /** Image i belongs to text i. */
  readonly paired: boolean;
  /** Of pairs: which given row each side is, where some rows are in several pairs, such as an image with its captions. */
  readonly sources?: Readonly<Record<'images' | 'texts', readonly number[]>> | undefined;
}

/** Rows scaled to length 1, in f32. @throws {ZeroVectorError} */
export function unitRows(name: string, rows: Vectors): Vectors {
  const { data, dim } = rows;
  const out = new Float32Array(data.length);
  for (const [row, inverse] of inverseNorms(name, rows).entries()) {
    for (let i = row * dim; i < (row + 1) * dim; i++) out[i] = (data[i] as number) * inverse;
  }
  return { ...rows, data: out };
}

/** @throws {NoSpreadError} where rows of length 1 are all the same */
export function expectDifferent(name: string, { data, dim }: Vectors): void {
  if (!data.some((value, at) => Math.abs(value - (data[at % dim] as number)) > SAME))
    throw new NoSpreadError(name);
}

/** Values of rows of length 1 that differ no more are equal but for rounding. */
const SAME = 1e-6;

/** The rows of each group. */
export function rowsOfGroups(groups: readonly unknown[]): number[][] {
  const rowsOf = new Map<unknown, number[]>();
  for (const [row, group] of groups.entries()) {
    const rows = rowsOf.get(group);
    if (rows) rows.push(row);
    else rowsOf.set(group, [row]);
  }
  return [...rowsOf.values()];
}

/** Some pairs of a sample of pairs. */
export function pairsAt({ images, texts, sources }: Sample, rows: readonly number[]): Sample {
  const at = (from: readonly number[]) => rows.map((row) => from[row] as number);
  return {
    images: take(images, rows),
    texts: take(texts, rows),
    paired: true,
    sources: sources && { images: at(sources.images), texts: at(sources.texts) },
  };
}

/** Each given row once, for what looks at no pairs: an image's copies would count as neighbours of each other. */
export function eachRowOnce({ images, texts, paired, sources }: Sample): Sample {
  if (!sources) return { images, texts, paired };
  const firsts = (of: readonly number[]) => {
    const first = new Map(of.map((row, i) => [row, i] as const).reverse());
    return of.flatMap((row, i) => (first.get(row) === i ? [i] : []));
  };
  return {
    images: take(images, firsts(sources.images)),
    texts: take(texts, firsts(sources.texts)),
    paired: false,
  };
}

/** Mean `[dim]`, in double precision. */
export function meanOf({ data, rows, dim }: Vectors): Float64Array<ArrayBuffer> {
  const mean = new Float64Array(dim);
  for (let row = 0; row < rows; row++) {
    for (let d = 0; d < dim; d++) mean[d] = (mean[d] as number) + (data[row * dim + d] as number);
  }
  return mean.map((sum) => sum / rows);
}

/** A modality's mean and covariance. */
export interface Moments {
  readonly mean: Float64Array<ArrayBuffer>;
  /** `[dim, dim]`, divided by n and shrunk. */
  readonly covariance: Float64Array<ArrayBuffer>;
  /** The share of the scaled identity in it, after Ledoit and Wolf. */
  readonly shrinkage: number;
}

export interface RowMoments {
  readonly dim: number;
  readonly images: Moments;
  readonly texts: Moments;
}

export interface PairedMoments extends RowMoments {
  /** Sum of (x - mean)(y - mean)^T over pairs, divided by n: `[dim, dim]` */
  readonly cross: Float64Array<ArrayBuffer>;
}

/** Of rows that need not be pairs. The products of all rows run on the GPU. */
export async function rowMoments(gpu: Gpu, { images, texts }: Sample): Promise<RowMoments> {
  const [x, y] = [centredRows(images), centredRows(texts)];
  const [scatterX, scatterY] = [await scatterOf(gpu, [x]), await scatterOf(gpu, [y])];
  return { dim: x.dim, images: shrunk(x, scatterX), texts: shrunk(y, scatterY) };
}

/** The scatter of image and text side by side holds all three matrices. */
export async function pairedMoments(gpu: Gpu, { images, texts }: Sample): Promise<PairedMoments> {
  const { dim } = images;
  const [x, y] = [centredRows(images), centredRows(texts)];
  const all = await scatterOf(gpu, [x, y]);
  const block = (row: number, col: number) => {
    const out = new Float64Array(dim * dim);
    for (let i = 0; i < dim; i++) {
      const from = (row * dim + i) * 2 * dim + col * dim;
      for (let j = 0; j < dim; j++) out[i * dim + j] = all[from + j] as number;
    }
    return out;
  };
  const cross = block(0, 1).map((sum) => sum / x.rows);
  return { dim, images: shrunk(x, block(0, 0)), texts: shrunk(y, block(1, 1)), cross };
}

interface CentredRows extends Vectors {
  readonly mean: Float64Array<ArrayBuffer>;
}

function centredRows(rows: Vectors): CentredRows {
  const mean = meanOf(rows);
  const data = rows.data.map((value, i) => value - (mean[i % rows.dim] as number));
  return { data, rows: rows.rows, dim: rows.dim, mean };
}

/** The scatter of rows side by side: `[dims, dims]` for all their dimensions. */
function scatterOf(gpu: Gpu, parts: readonly Vectors[]): Promise<Float32Array> {
  const dims = parts.reduce((sum, { dim }) => sum + dim, 0);
  return gramMatrix(gpu, {
    rows: dims,
    length: parts[0]?.rows ?? 0,
    read(first, count) {
      const out = new Float32Array(dims * count);
      let offset = 0;
      for (const { data, rows, dim } of parts) {
        for (let r = first; r < Math.min(first + count, rows); r++) {
          for (let d = 0; d < dim; d++) out[(offset + d) * count + r - first] = data[r * dim + d] as number;
        }
        offset += dim;
      }
      return out;
    },
  });
}

/**
 * (1 - s) S + s tr(S) / D I, with the s of Ledoit and Wolf 2004 ("A well-conditioned estimator for large-dimensional
 * covariance matrices"), as scikit-learn's `LedoitWolf`.
 */
function shrunk({ data, rows, dim, mean }: CentredRows, scatter: ArrayLike<number>): Moments {
  const covariance = Float64Array.from(scatter, (sum) => sum / rows);
  let [trace, squares, fourth] = [0, 0, 0];
  for (let d = 0; d < dim; d++) trace += covariance[d * dim + d] as number;
  for (let i = 0; i < covariance.length; i++) squares += (covariance[i] as number) ** 2;
  for (let row = 0; row < rows; row++) {
    let length2 = 0;
    for (let d = row * dim; d < (row + 1) * dim; d++) length2 += (data[d] as number) ** 2;
    fourth += length2 ** 2;
  }
  const target = trace / dim;
  const distance = squares / dim - target ** 2;
  const error = Math.min(Math.max(0, (fourth / rows - squares) / (dim * rows)), distance);
  const shrinkage = Math.max(error > 0 ? error / distance : 0, LEAST_SHRINKAGE);
  for (let i = 0; i < covariance.length; i++) covariance[i] = (covariance[i] as number) * (1 - shrinkage);
  for (let d = 0; d < dim; d++) {
    covariance[d * dim + d] = (covariance[d * dim + d] as number) + shrinkage * target;
  }
  return { mean, covariance, shrinkage };
}

/** Two different rows, however often they come, ask for none; without any a covariance of few directions has no inverse. */
const LEAST_SHRINKAGE = 1e-4;

/** The total variance. @throws {NoSpreadError} */
export function spreadOf(
  name: string,
  { covariance }: Moments,
  dim: number,
  among: NoSpreadError['among'] = 'all',
): number {
  const spread = trace(covariance, dim);
  if (spread > LEAST_SPREAD) return spread;
  throw new NoSpreadError(name, among);
}

/** Of rows of length 1 in f32: less is rounding error. */
const LEAST_SPREAD = 1e-10;

/** L with L L^T = S. */
export function covarianceFactor(name: string, moments: Moments, dim: number): Float64Array<ArrayBuffer> {
  spreadOf(name, moments, dim);
  return Float64Array.from(choleskyFactor(moments.covariance, dim));
}
