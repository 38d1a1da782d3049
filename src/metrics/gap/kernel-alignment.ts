import type { Gpu } from '../../device/gpu.ts';
import { similarityMatrix } from '../similarity/similarity.ts';
import { centredEstimate, type Estimate, totalOf } from './estimate.ts';
import { centredRows } from './spectral-alignment.ts';

/** How alike the distances among the same n items are in two embeddings: 1 if one is the other turned and scaled. */
export interface KernelAlignment {
  /** Linear CKA (Kornblith et al. 2019), from 0 to 1; of few items in many dimensions it is large by chance. */
  readonly cka: Estimate;
  /**
   * The same from the unbiased estimator of HSIC (Song et al. 2012; Nguyen et al. 2021): about 0 for unrelated embeddings,
   * however few the items. NaN below four.
   */
  readonly debiasedCka: Estimate;
}

/** The Gram matrix of an embedding's centred rows, with what every sample needs of it. */
export interface Kernel {
  readonly n: number;
  /** K, x_i . x_j: `[n, n]` */
  readonly gram: Float32Array;
  /** K w of the whole, where w is 1, then of each resample: `[1 + resamples, n]` */
  readonly sums: Float64Array;
  /** The terms of K with itself. */
  readonly own: Terms;
}

/** Bytes of one kernel and of the products with another. */
export function kernelBytes(n: number, resamples: number): number {
  return 4 * n * (3 * n + 4 * (1 + resamples));
}

/**
 * Products with the resamples' counts run on the GPU, in f32; rows are centred before, which the formulas do not need, so
 * that nothing large cancels.
 * @param rows `[n, dim]` @param counts `[resamples, n]`
 */
export async function kernelOf(
  gpu: Gpu,
  rows: Float64Array,
  dim: number,
  counts: Float32Array,
  signal?: AbortSignal,
): Promise<Kernel> {
  const n = rows.length / dim;
  const data = Float32Array.from(centredRows(rows, dim));
  const options = { metric: 'dot', signal } as const;
  const gram = (await similarityMatrix(gpu, { data, rows: n, dim }, undefined, options)).data;
  const sums = await timesCounts(gpu, gram, counts, n, signal);
  return { n, gram, sums, own: await termsOf(gpu, { gram, sums }, { gram, sums }, counts, signal) };
}

/** Linear CKA of two kernels of the same items, with the interval over the resamples. */
export async function kernelAlignment(
  gpu: Gpu,
  a: Kernel,
  b: Kernel,
  counts: Float32Array,
  signal?: AbortSignal,
): Promise<KernelAlignment> {
  const cross = await termsOf(gpu, a, b, counts, signal);
  const normed = (name: keyof Terms, range?: readonly [number, number]) => {
    const values = cross[name].map(
      (hsic, r) => hsic / Math.sqrt((a.own[name][r] ?? 0) * (b.own[name][r] ?? 0)),
    );
    return centredEstimate(values[0] ?? Number.NaN, values.subarray(1), range);
  };
  return { cka: normed('biased', [0, 1]), debiasedCka: normed('unbiased') };
}

/** HSIC without the factor that CKA cancels, of the whole and of each resample: `[1 + resamples]`. */
interface Terms {
  /** tr(K H L H), Gretton et al. 2005 */
  readonly biased: Float64Array;
  /** tr(K' L') + 1'K'1 1'L'1 / ((n-1)(n-2)) - 2 / (n-2) 1'K'L'1, with K' and L' of zero diagonals; Song et al. 2012 */
  readonly unbiased: Float64Array;
}

type Factor = Pick<Kernel, 'gram' | 'sums'>;

/** A resample has row i w_i times, each time a row of its own: its matrix is never made, its sums are weighted ones. */
async function termsOf(
  gpu: Gpu,
  a: Factor,
  b: Factor,
  counts: Float32Array,
  signal?: AbortSignal,
): Promise<Terms> {
  const n = Math.sqrt(a.gram.length);
  const both = a.gram.map((value, i) => value * (b.gram[i] as number));
  const products = await timesCounts(gpu, both, counts, n, signal);
  const samples = products.length / n;
  const terms = { biased: new Float64Array(samples), unbiased: new Float64Array(samples) };
  for (let r = 0; r < samples; r++) {
    const weights = r === 0 ? new Float32Array(n).fill(1) : counts.subarray((r - 1) * n, r * n);
    const { biased, unbiased } = hsicOf(weights, r, a, b, products);
    terms.biased[r] = biased;
    terms.unbiased[r] = unbiased;
  }
  return terms;
}

/** @param products (K o L) w, element by element: `[1 + resamples, n]` @param r the sample, 0 for the whole */
function hsicOf(weights: Float32Array, r: number, a: Factor, b: Factor, products: Float64Array) {
  const n = weights.length;
  const total = totalOf(weights);
  const whole = { trace: 0, squares: 0, a: 0, b: 0 };
  const zeroed = { trace: 0, squares: 0, a: 0, b: 0 }; // without the diagonal
  for (let i = 0; i < n; i++) {
    const [w, at] = [weights[i] as number, r * n + i];
    const [ka, kb] = [a.gram[i * n + i] as number, b.gram[i * n + i] as number];
    const [sumA, sumB] = [a.sums[at] as number, b.sums[at] as number];
    const trace = products[at] as number;
    addTerm(whole, w, trace, sumA, sumB);
    addTerm(zeroed, w, trace - ka * kb, sumA - ka, sumB - kb);
  }
  const biased = whole.trace - (2 * whole.squares) / total + (whole.a * whole.b) / total ** 2;
  const rest = (zeroed.a * zeroed.b) / ((total - 1) * (total - 2)) - (2 * zeroed.squares) / (total - 2);
  return { biased, unbiased: total < 4 ? Number.NaN : zeroed.trace + rest };
}

function addTerm(
  to: Record<'trace' | 'squares' | 'a' | 'b', number>,
  w: number,
  trace: number,
  a: number,
  b: number,
): void {
  to.trace += w * trace;
  to.squares += w * a * b;
  to.a += w * a;
  to.b += w * b;
}

/** M w of a symmetric M `[n, n]`: of w = 1 on the host, then of each resample on the GPU. `[1 + resamples, n]` */
async function timesCounts(
  gpu: Gpu,
  matrix: Float32Array,
  counts: Float32Array,
  n: number,
  signal?: AbortSignal,
): Promise<Float64Array> {
  const out = new Float64Array(n + counts.length);
  for (let i = 0; i < n; i++) out[i] = totalOf(matrix.subarray(i * n, (i + 1) * n));
  if (counts.length === 0) return out;
  const weights = { data: counts, rows: counts.length / n, dim: n };
  const options = { metric: 'dot', signal } as const;
  out.set((await similarityMatrix(gpu, weights, { data: matrix, rows: n, dim: n }, options)).data, n);
  return out;
}
