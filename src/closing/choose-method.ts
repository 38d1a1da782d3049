import type { ClosingMethod } from '../closing-data.ts';
import type { Gpu } from '../device/gpu.ts';
import { throwIfAborted } from '../errors.ts';
import { similarityMatrix } from '../metrics/similarity/similarity.ts';
import { take, type Vectors } from '../metrics/vectors.ts';
import { closeBoth, closeRows } from './affine-map.ts';
import { type Fold, foldsOf, unlessDegenerate } from './folds.ts';
import { type FittedMaps, type FittedMethod, fitMaps } from './methods.ts';
import { type ClosingOptions, strengthOf } from './options.ts';
import type { JudgedSample } from './pairing.ts';
import { meanOf, pairsAt, rowsOfGroups } from './sample.ts';
import { FEWEST_FOR_A_STEP } from './warnings.ts';

/** A method with its strength, and why it was chosen. */
interface ChosenMethod {
  readonly method: ClosingMethod;
  readonly strength?: number;
  readonly reason?: string;
}

/** From the one that closes most to the one that only takes the means out. */
const STEPS = [
  { method: 'reciprocal', strength: 1 },
  { method: 'local', strength: 0.75 },
  { method: 'local', strength: 0.5 },
  { method: 'local', strength: 0.25 },
] as const;
/**
 * What held for new subjects of the default model, without any groups to judge by (docs/closing-the-gap.md); with fewer rows
 * than half the dimensions only the smallest step did.
 */
const safeStep = (rows: number, dim: number) => (rows < dim / 2 ? STEPS[3] : STEPS[2]);
const CENTRING = { method: 'center' } as const;

const WITHOUT_GROUPS = 'without groups to judge by, a step that held for new subjects elsewhere';
const COPIES = 'the rows are copies of so few different ones that they tell the means and no more';

/** What recall and accuracy may lose against centring. */
const TOLERANCE = 0.01;
const FOLDS = 3;
/** Pairs of a fold that are searched. */
const MOST_JUDGED = 1000;

/** With the maps, where choosing fitted them to all rows. */
export interface Choice {
  readonly chosen: ChosenMethod;
  readonly maps?: FittedMaps | undefined;
}

/**
 * What was asked for, or for `auto` the step that closes most and costs nothing: on groups that it was not fitted on,
 * recall@10 and the accuracy of naming a group by the mean of its texts stay within a point of centring's. Where there
 * are no groups, or a single one, no fold can show what happens to new ones, so the step is one that held elsewhere.
 */
export async function chooseMethod(
  gpu: Gpu,
  sample: JudgedSample,
  { method = 'auto', strength, seed = 0, signal }: ClosingOptions,
): Promise<Choice> {
  if (method !== 'auto') return { chosen: { method, strength: strengthOf(method, strength) } };
  const rows = Math.min(sample.images.rows, sample.texts.rows);
  if (rows < FEWEST_FOR_A_STEP) {
    return centring(`${rows} rows tell the means and no more`);
  }
  const toAllRows = (step: FittedMethod) => unlessDegenerate(fitMaps(gpu, sample, step, { seed }));
  const folds = sample.groups ? foldsOf(sample.groups, FOLDS, seed) : [];
  if (folds.length < 2) {
    const step = safeStep(rows, sample.images.dim);
    const maps = await toAllRows(step);
    if (!maps) return centring(COPIES);
    return { chosen: { ...step, reason: WITHOUT_GROUPS }, maps };
  }
  const judge = (step: FittedMethod) =>
    unlessDegenerate(judgeStep(gpu, sample, folds, step, { seed, signal }));
  const reference = await judge(CENTRING);
  if (!reference) return centring(COPIES);
  for (const step of STEPS) {
    const scores = await judge(step);
    const loss = scores ? largestLoss(reference, scores) : Number.POSITIVE_INFINITY;
    const maps = loss <= TOLERANCE ? await toAllRows(step) : undefined;
    if (maps) return { chosen: { ...step, reason: reasonFor(loss, folds.length) }, maps };
  }
  return centring('every further step costs groups that it has not seen more than a point');
}

const centring = (reason: string): Choice => ({ chosen: { ...CENTRING, reason } });

function reasonFor(loss: number, folds: number): string {
  const points = `${(100 * Math.max(loss, 0)).toFixed(1)} points`;
  return `the step that closes most and costs groups not seen at most a point against centring (${points}, ${folds} folds)`;
}

/** Means over folds. */
interface StepScores {
  readonly recallAt10: number;
  readonly accuracy: number;
}

const largestLoss = (before: StepScores, after: StepScores) =>
  Math.max(before.recallAt10 - after.recallAt10, before.accuracy - after.accuracy);

async function judgeStep(
  gpu: Gpu,
  sample: JudgedSample,
  folds: readonly Fold[],
  step: FittedMethod,
  { seed, signal }: { readonly seed: number; readonly signal?: AbortSignal },
): Promise<StepScores> {
  const { names, rows: prompts } = groupTexts(sample);
  let [recallAt10, accuracy] = [0, 0];
  for (const { fit, judged } of folds) {
    throwIfAborted(signal);
    const maps = await fitMaps(gpu, pairsAt(sample, fit), step, { seed, signal });
    const shown = judged.slice(0, MOST_JUDGED);
    const { images, texts } = await closeBoth(gpu, maps, pairsAt(sample, shown));
    const named = await closeRows(gpu, 'texts', maps.texts, prompts);
    recallAt10 += (await recall(gpu, images, texts, shown, sample)) / folds.length;
    const { indices } = await similarityMatrix(gpu, images, named, { topK: 1 });
    const right = shown.filter((row, i) => names[indices[i] ?? -1] === sample.groups?.[row]).length;
    accuracy += right / shown.length / folds.length;
  }
  return { recallAt10, accuracy };
}

/** The mean of the texts of each group, in the place of a prompt that names it. */
function groupTexts({ texts, groups = [] }: JudgedSample): { names: unknown[]; rows: Vectors } {
  const members = rowsOfGroups(groups);
  const data = new Float32Array(members.length * texts.dim);
  for (const [i, rows] of members.entries()) data.set(meanOf(take(texts, rows)), i * texts.dim);
  return {
    names: members.map(([first = 0]) => groups[first]),
    rows: { data, rows: members.length, dim: texts.dim },
  };
}

/** Recall@10 in both directions, any row of the own item being a hit: the mean of both. */
async function recall(
  gpu: Gpu,
  images: Vectors,
  texts: Vectors,
  rows: readonly number[],
  { items }: JudgedSample,
): Promise<number> {
  const k = Math.min(10, rows.length);
  let hits = 0;
  for (const [queries, corpus] of [
    [images, texts],
    [texts, images],
  ] as const) {
    const { indices } = await similarityMatrix(gpu, queries, corpus, { topK: k });
    for (const [i, row] of rows.entries()) {
      const found = indices.subarray(i * k, (i + 1) * k);
      if (found.some((at) => items[rows[at] ?? -1] === items[row])) hits++;
    }
  }
  return hits / (2 * rows.length);
}
