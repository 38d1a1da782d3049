import type { AffineMap } from '../closing-data.ts';
import type { Gpu } from '../device/gpu.ts';
import { embeddingQuality } from '../metrics/quality/embedding-quality.ts';
import type { RowLabel } from '../metrics/quality/judged-rows.ts';
import { QUALITY_MEASURES, type QualityMeasureName } from '../metrics/quality/report.ts';
import { similarityMatrix } from '../metrics/similarity/similarity.ts';
import type { Vectors } from '../metrics/vectors.ts';
import type { Host } from '../platform/host-memory.ts';
import { applyMap, withMeanOf } from './affine-map.ts';
import type { Fold } from './folds.ts';
import { type FittedMaps, fitMaps } from './methods.ts';
import { areOneClass, type JudgedSample, knownAt } from './pairing.ts';
import { pairsAt } from './sample.ts';
import type { SweepOptions } from './sweep-options.ts';
import { isFreeHead, type SweepSetting } from './sweep-settings.ts';

/**
 * As in `QUALITY_MEASURES`; besides, the distribution gap that so many pairs have by chance, and zero-shot accuracy with
 * the prompts centred by their own mean instead of that of the texts.
 */
export type SweepMeasureName =
  | QualityMeasureName
  | 'distributionGap.floor'
  | 'zeroShot.accuracyWithCentredPrompts';

/** Measures by name; those that the rows do not allow are left out. */
export type SweepMeasures = Readonly<Partial<Record<SweepMeasureName, number>>>;

/** Pairs of a fold that rankings of the whole corpus are judged by. */
const MOST_JUDGED = 500;
/** Swaps behind the floor of the distribution gap, measured for free heads alone: eigenvalues are dear. */
const SWAPS = 5;
/** The mean of fewer prompts is no mean of prompts. */
const FEWEST_TO_CENTRE = 10;

/** Measures that compare classes. */
const OF_CLASSES = ['meanAveragePrecision', 'clusters.adjustedRand', 'clusters.vMeasure'] as const;

/** What all folds of a sweep share. */
export interface SweepWork {
  readonly gpu: Gpu;
  readonly host: Host;
  readonly sample: JudgedSample;
  /** Of length 1. */
  readonly prompts: SweepOptions['prompts'];
  readonly seed: number;
  readonly signal: AbortSignal | undefined;
}

/** What one setting does on the held-out pairs of one fold. */
interface SweptFold {
  readonly pairs: number;
  readonly measures: SweepMeasures;
}

/** Fits one setting on a fold, and judges it by the pairs held out. */
export async function sweepFold(
  work: SweepWork,
  setting: SweepSetting,
  { fit, judged }: Fold,
): Promise<SweptFold> {
  const { gpu, sample, prompts, seed, signal } = work;
  const maps = await fitMaps(gpu, pairsAt(sample, fit), setting, { head: setting.head, seed, signal });
  const { images, texts } = pairsAt(sample, judged);
  const closed = { data: await applyMap(gpu, 'images', maps.images, images), ...sizeOf(maps, judged.length) };
  const { items, labels } = knownAt(sample, judged);
  const report = await embeddingQuality(
    gpu,
    {
      images: closed,
      texts: { data: await applyMap(gpu, 'texts', maps.texts, texts), ...sizeOf(maps, judged.length) },
      items,
      labels,
      prompts: prompts && { ...prompts, vectors: await closedPrompts(gpu, maps.texts, prompts.vectors) },
    },
    { seed, resamples: 0, swaps: isFreeHead(setting) ? SWAPS : 0, sample: MOST_JUDGED, signal },
    work.host,
  );
  const measures: Partial<Record<SweepMeasureName, number>> = {
    'distributionGap.floor': report.distributionGap.baseline.mean,
  };
  for (const { name, of } of QUALITY_MEASURES) measures[name] = of(report)?.value ?? Number.NaN;
  if (areOneClass(labels)) for (const name of OF_CLASSES) measures[name] = Number.NaN;
  if (prompts && labels && prompts.vectors.rows >= FEWEST_TO_CENTRE) {
    const texts = await withMeanOf(gpu, 'prompts', maps.texts, prompts.vectors);
    const vectors = await closedPrompts(gpu, texts, prompts.vectors);
    const right = await accuracy(gpu, closed, labels, { ...prompts, vectors });
    measures['zeroShot.accuracyWithCentredPrompts'] = right;
  }
  return { pairs: judged.length, measures };
}

const sizeOf = ({ images }: FittedMaps, rows: number) => ({ rows, dim: images.outDim });

async function closedPrompts(gpu: Gpu, map: AffineMap, { rows, ...prompts }: Vectors): Promise<Vectors> {
  return { data: await applyMap(gpu, 'prompts', map, { rows, ...prompts }), rows, dim: map.outDim };
}

async function accuracy(
  gpu: Gpu,
  images: Vectors,
  labels: readonly RowLabel[],
  prompts: NonNullable<SweepOptions['prompts']>,
): Promise<number> {
  const { indices } = await similarityMatrix(gpu, images, prompts.vectors, { metric: 'cosine', topK: 1 });
  return labels.filter((label, i) => prompts.labels[indices[i] ?? 0] === label).length / labels.length;
}

/** Means over the folds that have a measure, weighted by their pairs; what none has is left out. */
export function meansOver(folds: readonly SweptFold[]): SweepMeasures {
  const names = Object.keys(folds[0]?.measures ?? {}) as SweepMeasureName[];
  const means = names.map((name) => {
    const having = folds.filter(({ measures }) => Number.isFinite(measures[name]));
    const pairs = having.reduce((sum, fold) => sum + fold.pairs, 0);
    const sum = having.reduce((total, fold) => total + (fold.measures[name] ?? 0) * fold.pairs, 0);
    return [name, sum / pairs] as const;
  });
  return Object.fromEntries(means.filter(([, mean]) => Number.isFinite(mean)));
}
