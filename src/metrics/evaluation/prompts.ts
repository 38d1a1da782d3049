import { ShapeError } from '../../errors.ts';
import type { RowLabel } from '../quality/judged-rows.ts';
import { checkVectors, inverseNorms, type Vectors } from '../vectors.ts';
import { EmptyClassError } from './errors.ts';
import { classIndices, expectEntries } from './judged-scores.ts';

/**
 * One vector a class from the embeddings of its prompts: each scaled to length 1, their mean, scaled to length 1 again, as in
 * CLIP's prompt ensembles (open_clip's build_zero_shot_classifier).
 * @param prompts `[m, D]`
 * @param labels `[m]`: the class of each prompt
 * @param classes K classes, each once
 * @returns `[K, D]`
 * @throws {EmptyClassError} for a class without a prompt @throws {UnknownClassError} @throws {ShapeError}
 * @throws {NonFiniteVectorError} @throws {ZeroVectorError} @throws {InvalidOptionError}
 */
export function averagePrompts(
  prompts: Vectors,
  labels: readonly RowLabel[],
  classes: readonly RowLabel[],
): Vectors {
  const call = 'averagePrompts';
  checkVectors(call, 'prompts', prompts);
  const { data, rows, dim } = prompts;
  if (classes.length === 0) throw new ShapeError(call, 'classes', 'at least one', [0]);
  const places = classIndices(call, expectEntries('labels', labels, rows), classes);
  const lone = classes.findIndex((_, c) => !places.includes(c));
  if (lone >= 0) throw new EmptyClassError(call, classes[lone] ?? '', 'prompt', 'give it one');
  const inverse = inverseNorms('prompts', prompts);
  const sums = new Float64Array(classes.length * dim);
  for (const [row, place] of places.entries()) {
    for (let d = 0; d < dim; d++) {
      const at = place * dim + d;
      sums[at] = (sums[at] ?? 0) + (data[row * dim + d] ?? 0) * (inverse[row] ?? 0);
    }
  }
  const means = { data: Float32Array.from(sums), rows: classes.length, dim };
  const scale = inverseNorms('the mean of a class’s prompts', means);
  return { ...means, data: Float32Array.from(sums, (sum, at) => sum * (scale[Math.floor(at / dim)] ?? 0)) };
}
