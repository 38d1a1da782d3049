import { closeRows } from '../../src/closing/affine-map.ts';
import { chooseMethod } from '../../src/closing/choose-method.ts';
import {
  type FittedMaps,
  type FittedMethod,
  fitMaps,
  type HeadFitOptions,
} from '../../src/closing/methods.ts';
import { meanOf } from '../../src/closing/sample.ts';
import type { Gpu } from '../../src/device/gpu.ts';
import { estimate } from '../../src/metrics/gap/estimate.ts';
import { embeddingQuality } from '../../src/metrics/quality/embedding-quality.ts';
import { QUALITY_MEASURES } from '../../src/metrics/quality/report.ts';
import { disturbedRows } from '../../src/metrics/quality/zero-shot.ts';
import { pairings } from '../../src/metrics/random.ts';
import { similarityMatrix } from '../../src/metrics/similarity/similarity.ts';
import type { Vectors } from '../../src/metrics/vectors.ts';
import { pairsOf, type Split, type StudySet } from './set.ts';

/** One row of a table. */
export interface Setting {
  readonly name: string;
  /** Undefined for the rows as the model gives them; `auto` is what the fit's own groups recommend. */
  readonly fit?: FittedMethod | 'auto';
  readonly head?: HeadFitOptions['head'];
}

/** One measure on one split: its value, and in each resample of the test's pairs. */
interface Measured {
  readonly value: number;
  readonly replicates: Float64Array;
}
export type Scores = ReadonlyMap<string, Measured>;

interface Task {
  readonly set: StudySet;
  readonly split: Split;
  readonly prompts?: { readonly vectors: Vectors; readonly labels: readonly string[] };
  readonly seed: number;
}

const RESAMPLES = 300;

/** Fits on one part of the split and judges by the other. */
export async function judge(gpu: Gpu, setting: Setting, task: Task): Promise<Scores> {
  const { set, split, seed, prompts } = task;
  const test = pairsOf(set, split.test);
  const maps = await mapsOf(gpu, setting, task);
  const closed = async (name: 'images' | 'texts', rows: Vectors) =>
    maps ? closeRows(gpu, name, maps[name], rows) : rows;
  const rows = {
    images: await closed('images', test.images),
    texts: await closed('texts', test.texts),
    queries: await closed('texts', test.queries),
    disturbed: await closed('images', disturbedRows(test.images, 0.5, seed)),
    labels: test.labels,
  };
  const asked = prompts && { ...prompts, vectors: await closed('texts', prompts.vectors) };
  const options = { seed, resamples: RESAMPLES, shapeResamples: 0, swaps: 4 };
  const report = await embeddingQuality(gpu, { ...rows, prompts: asked }, options);
  const scores = new Map<string, Measured>();
  for (const { name, of } of QUALITY_MEASURES) {
    const found = of(report);
    if (found) scores.set(name, found);
  }
  scores.set('floor', { value: report.distributionGap.baseline.mean, replicates: new Float64Array() });
  if (asked)
    scores.set('ownMean', await ownMeanAccuracy(gpu, rows, { ...asked, labels: asked.labels }, seed));
  scores.set('search', await halfImagesSearch(gpu, rows, seed));
  return scores;
}

/** The zero-shot accuracy with the prompts centred by their own mean, which a set of prompts always allows. */
async function ownMeanAccuracy(
  gpu: Gpu,
  { images, labels }: { images: Vectors; labels: readonly string[] },
  prompts: { vectors: Vectors; labels: readonly string[] },
  seed: number,
): Promise<Measured> {
  const mean = meanOf(prompts.vectors);
  const { data, dim } = prompts.vectors;
  const own = { ...prompts.vectors, data: data.map((value, i) => value - (mean[i % dim] ?? 0)) };
  const { indices } = await similarityMatrix(gpu, images, own, { topK: 1 });
  return resampled(
    labels.map((label, i) => Number(prompts.labels[indices[i] ?? -1] === label)),
    seed,
  );
}

async function mapsOf(
  gpu: Gpu,
  { fit, head }: Setting,
  { set, split, seed }: Task,
): Promise<FittedMaps | undefined> {
  if (!fit) return undefined;
  const pairs = pairsOf(set, split.fit);
  const sample = { ...pairs, paired: true, items: split.fit };
  const chosen = fit === 'auto' ? (await chooseMethod(gpu, sample, { seed })).chosen : fit;
  return fitMaps(gpu, sample, chosen, { head, seed });
}

/**
 * NDCG@10 of a search in a corpus that holds each item once, a random half as images and half as captions, as MixBench
 * (Li et al. 2025) has it: 1 / log2(1 + rank) of the only relevant row.
 */
async function halfImagesSearch(
  gpu: Gpu,
  { images, texts, queries }: { images: Vectors; texts: Vectors; queries: Vectors },
  seed: number,
): Promise<Measured> {
  const { rows, dim } = images;
  const data = texts.data.slice();
  for (const row of pairings(seed, 1, rows).slice(0, Math.floor(rows / 2))) {
    data.set(images.data.subarray(row * dim, (row + 1) * dim), row * dim);
  }
  const { indices } = await similarityMatrix(gpu, queries, { data, rows, dim }, { topK: 10 });
  const gains = Array.from({ length: rows }, (_, row) => {
    const rank = indices.subarray(row * 10, (row + 1) * 10).indexOf(row) + 1;
    return rank === 0 ? 0 : 1 / Math.log2(1 + rank);
  });
  return resampled(gains, seed);
}

/** The mean of one value a pair, and in resamples of the pairs that are the same for every setting. */
function resampled(values: readonly number[], seed: number): Measured {
  const n = values.length;
  let state = seed + 1;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0; // Numerical Recipes' generator
    return Math.floor((state / 2 ** 32) * n);
  };
  const meanOfDraws = () => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += values[next()] ?? 0;
    return sum / n;
  };
  const replicates = Float64Array.from({ length: RESAMPLES }, meanOfDraws);
  return { value: values.reduce((sum, value) => sum + value, 0) / n, replicates };
}

/** A measure's mean over splits. */
export function meanScore(splits: readonly Scores[], name: string): number {
  return splits.reduce((sum, scores) => sum + (scores.get(name)?.value ?? Number.NaN), 0) / splits.length;
}

/** By how much the mean over splits differs, with the 95 % interval of the paired bootstrap within splits. */
export function difference(before: readonly Scores[], after: readonly Scores[], name: string) {
  const parts = after.map((scores, i) => ({ old: before[i]?.get(name), now: scores.get(name) }));
  const draws = Math.min(
    ...parts.map(({ old, now }) => Math.min(old?.replicates.length ?? 0, now?.replicates.length ?? 0)),
  );
  const changes = Float64Array.from(
    { length: draws },
    (_, r) =>
      parts.reduce((sum, { old, now }) => sum + (now?.replicates[r] ?? 0) - (old?.replicates[r] ?? 0), 0) /
      parts.length,
  );
  const value = meanScore(after, name) - meanScore(before, name);
  const { low, high } = estimate(value, changes);
  return { value, low, high };
}
