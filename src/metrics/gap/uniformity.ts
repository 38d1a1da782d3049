import type { Gpu } from '../../device/gpu.ts';
import { similarityMatrixOn } from '../similarity.ts';
import { type Estimate, estimate } from './estimate.ts';

/**
 * Uniformity of Wang and Isola 2020 with t = 2, of one modality: log of the mean of exp(-t ||x_i - x_j||^2) over pairs
 * of different rows. 0 if all are equal; the lower, the more evenly they cover the sphere.
 */
export class Uniformity {
  #sum = 0;
  readonly #resampled: Float64Array;

  constructor(
    private readonly counts: Float32Array,
    private readonly n: number,
  ) {
    this.#resampled = new Float64Array(counts.length / n);
  }

  /** exp(-2 ||x - y||^2), from the cosine of unit vectors. */
  static kernel(cosine: number): number {
    return Math.exp(4 * cosine - 4);
  }

  /**
   * Adds rows of the kernel matrix: `[rows, n]`, 0 for a row with itself. Resamples need counts x kernel x counts,
   * n^2 products each, of which the GPU does the first.
   */
  async add(gpu: Gpu, firstRow: number, kernel: Float32Array, signal?: AbortSignal): Promise<void> {
    for (let i = 0; i < kernel.length; i++) this.#sum += kernel[i] ?? 0;
    const { counts, n } = this;
    if (this.#resampled.length === 0 || kernel.length === 0) return;
    const rows = kernel.length / n;
    const products = await similarityMatrixOn(
      gpu,
      { data: counts, rows: this.#resampled.length, dim: n },
      { data: kernel, rows, dim: n },
      { metric: 'dot', signal },
    );
    for (let i = 0; i < products.data.length; i++) {
      const [resample, row] = [Math.floor(i / rows), i % rows];
      const count = counts[resample * n + firstRow + row] ?? 0;
      this.#resampled[resample] = (this.#resampled[resample] ?? 0) + count * (products.data[i] ?? 0);
    }
  }

  estimate(): Estimate {
    const { n, counts } = this;
    const replicates = this.#resampled.map((sum, r) => {
      let squares = 0;
      for (let i = r * n; i < (r + 1) * n; i++) squares += (counts[i] ?? 0) ** 2;
      return Math.log(sum / (n * n - squares)); // NaN where only one pair was drawn
    });
    return estimate(Math.log(this.#sum / (n * n - n)), replicates);
  }
}
