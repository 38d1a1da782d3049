import type { Gpu } from '../../device/gpu.ts';
import { InvalidOptionError } from '../../errors.ts';
import { seededNormals } from '../random.ts';
import { similarityMatrix } from '../similarity/similarity.ts';
import { checkVectors, inverseNorms, type Vectors } from '../vectors.ts';
import { asVectors, type Judged } from './judged-rows.ts';

interface StepOptions {
  readonly seed: number;
  /** Length of the random step. */
  readonly noise: number;
  readonly signal?: AbortSignal;
}

/**
 * Zero-shot classification of the images: the label of the prompt of largest cosine, of equal ones the first. For each
 * image 1 if it is right, and 1 if it is another after a random step. Undefined without prompts.
 */
export async function zeroShot(
  gpu: Gpu,
  { images, dim, labels, prompts, disturbed }: Judged,
  { seed, noise, signal }: StepOptions,
): Promise<{ right: Float64Array; flipped: Float64Array } | undefined> {
  if (!prompts || !labels) return undefined;
  const answers = async (rows: Vectors) => {
    const options = { metric: 'cosine', topK: 1, signal } as const;
    const { indices } = await similarityMatrix(gpu, rows, prompts.vectors, options);
    return Array.from(indices, (prompt) => prompts.labels[prompt] ?? -1);
  };
  const unmoved = asVectors(images, dim);
  const given = await answers(unmoved);
  const moved = await answers(disturbed ?? disturbedRows(unmoved, noise, seed));
  return {
    right: Float64Array.from(given, (label, i) => Number(label === labels[i])),
    flipped: Float64Array.from(given, (label, i) => Number(label !== moved[i])),
  };
}

/**
 * Rows scaled to length 1 and moved by a step of length `noise` in a random direction, uniform over the sphere. Not
 * scaled to length 1 again. The same seed gives the same steps for the same number of rows and dimensions.
 * @param rows `[n, D]`
 * @throws {ShapeError} @throws {NonFiniteVectorError} @throws {ZeroVectorError} @throws {InvalidOptionError}
 */
export function disturbedRows(rows: Vectors, noise = 0.5, seed = 0): Vectors {
  checkVectors('disturbedRows', 'rows', rows);
  if (!(Number.isFinite(noise) && noise >= 0))
    throw new InvalidOptionError('noise', 'a number of at least 0', noise);
  if (!Number.isSafeInteger(seed)) throw new InvalidOptionError('seed', 'an integer', seed);
  const { data, dim } = rows;
  const steps = { ...rows, data: seededNormals(data.length, seed, 1) };
  const [scales, lengths] = [inverseNorms('rows', rows), inverseNorms('steps', steps)];
  const moved = Float32Array.from(data, (value, at) => {
    const row = Math.floor(at / dim);
    return value * (scales[row] ?? 0) + (steps.data[at] ?? 0) * noise * (lengths[row] ?? 0);
  });
  return { ...rows, data: moved };
}
