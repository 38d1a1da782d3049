import { inverseNorms, type Vectors } from '../vectors.ts';
import type { SimilarityMetric } from './similarity.ts';

/** Columns are padded with zeros to a multiple of 4, which changes neither products nor differences. */
export function paddedDim(dim: number): number {
  return Math.ceil(dim / 4) * 4;
}

/** Between these, squares of f32 values and their sums neither overflow nor underflow. */
const [SMALLEST, LARGEST] = [2 ** -40, 2 ** 40];

/** Scales by which rows are divided before products or distances, and the scale of the results. */
export interface Units {
  readonly a: number;
  readonly b: number;
  readonly result: number;
}

/** Powers of two, so that no square or product leaves the range of f32. Exact, so they cost no accuracy. */
export function unitsOf(metric: SimilarityMetric, a: Vectors, b: Vectors): Units {
  if (metric === 'cosine') return { a: 1, b: 1, result: 1 };
  const common = metric === 'euclidean' ? unitOf(a, b) : undefined;
  const units = { a: common ?? unitOf(a), b: common ?? unitOf(b) };
  return { ...units, result: common ?? units.a * units.b };
}

function unitOf(...inputs: readonly Vectors[]): number {
  let largest = 0;
  for (const { data } of inputs) {
    for (let i = 0; i < data.length; i++) largest = Math.max(largest, Math.abs(data[i] ?? 0));
  }
  const usual = largest === 0 || (largest >= SMALLEST && largest <= LARGEST);
  return usual ? 1 : 2 ** Math.floor(Math.log2(largest));
}

/** Rows of a matrix as uploaded: `[count, paddedDim]`, for cosines scaled to unit length. */
export class PreparedRows {
  readonly dim: number;
  readonly #scale: (row: number) => number;

  /** @throws {ZeroVectorError} under `cosine` */
  constructor(
    name: string,
    readonly source: Vectors,
    metric: SimilarityMetric,
    unit: number,
  ) {
    this.dim = paddedDim(source.dim);
    const inverse = metric === 'cosine' ? inverseNorms(name, source) : undefined;
    this.#scale = (row) => inverse?.[row] ?? 1 / unit;
  }

  get rows(): number {
    return this.source.rows;
  }

  /** Rows `first` to `first + count - 1`. */
  read(first: number, count: number): Float32Array<ArrayBuffer> {
    const { data, dim } = this.source;
    const out = new Float32Array(count * this.dim);
    for (let row = 0; row < count; row++) {
      const [from, to, scale] = [(first + row) * dim, row * this.dim, this.#scale(first + row)];
      for (let i = 0; i < dim; i++) out[to + i] = (data[from + i] ?? 0) * scale;
    }
    return out;
  }
}
