import type { Gpu } from '../device/gpu.ts';
import { throwIfAborted } from '../errors.ts';
import { PairCountError } from '../metrics/gap/errors.ts';
import { embeddingQuality } from '../metrics/quality/embedding-quality.ts';
import type { RowLabel } from '../metrics/quality/judged-rows.ts';
import { QUALITY_MEASURES, type QualityMeasureName } from '../metrics/quality/report.ts';
import { similarityMatrix } from '../metrics/similarity/similarity.ts';
import type { Vectors } from '../metrics/vectors.ts';
import { applyMap, centredMap, recentred } from './affine-map.ts';
import { type Fold, foldsOf } from './folds.ts';
import type { ClosingHost } from './gap-closing.ts';
import type { JudgedSample } from './held-out.ts';
import { type FittedMaps, fitMaps } from './methods.ts';
import { type ClosingRows, checkClosingRows } from './options.ts';
import { matchRows } from './pairing.ts';
import { meanOf, take, unitRows } from './sample.ts';
import { checkSweepOptions, type SweepOptions } from './sweep-options.ts';
import { DEFAULT_SETTINGS, isFreeHead, type SweepSetting } from './sweep-settings.ts';

/** Closings beside each other, each judged by folds that it was not fitted on. Plain data. */
export interface ClosingSweep {
  readonly pairs: number;
  /** D, the length of a row. */
  readonly dim: number;
  readonly seed: number;
  /** Different groups and labels, where they were given. */
  readonly groups?: number;
  readonly classes?: number;
  /** One, or two where there are at least two groups. */
  readonly splits: readonly SweptSplit[];
}

/** All settings under one way to hold pairs out. */
export interface SweptSplit {
  /** `captions`: folds at random, so what is judged was seen with other captions; `groups`: whole groups held out. */
  readonly of: 'captions' | 'groups';
  readonly folds: number;
  /** In the order of the settings. */
  readonly points: readonly SweepPoint[];
}

export interface SweepPoint extends SweepSetting {
  /** Means over folds, weighted by their pairs. Measures that the rows do not allow are left out. */
  readonly measures: Readonly<Partial<Record<SweepMeasureName, number>>>;
}

/**
 * As in `QUALITY_MEASURES`; besides, the distribution gap that so many pairs have by chance, and zero-shot accuracy with
 * the prompts centred by their own mean instead of that of the texts.
 */
export type SweepMeasureName =
  | QualityMeasureName
  | 'distributionGap.floor'
  | 'zeroShot.accuracyWithCentredPrompts';

const FOLDS = 3;
/** Pairs of a fold that rankings of the whole corpus are judged by. */
const MOST_JUDGED = 500;
/** Swaps behind the floor of the distribution gap, measured for free heads alone: eigenvalues are dear. */
const SWAPS = 5;
/** The mean of fewer prompts is no mean of prompts. */
const FEWEST_TO_CENTRE = 10;

/**
 * Fits and judges many closings by cross-validation: by new captions, and where there are groups by groups never seen.
 * @throws {PairCountError} @throws {PairIdsError} where rows are no pairs
 * @throws {FewRowsError} @throws {ClosedToZeroError} @throws {HeadDivergedError} @throws {LabelWithoutPromptError}
 * @throws {ShapeError} @throws {NonFiniteVectorError} @throws {ZeroVectorError}
 * @throws {InvalidOptionError} @throws {UnknownOptionError} @throws {AbortedError}
 */
export async function sweepClosings(
  host: ClosingHost,
  rows: ClosingRows,
  options: SweepOptions = {},
): Promise<ClosingSweep> {
  checkClosingRows(CALL, rows);
  const { images, texts } = rows;
  checkSweepOptions(options, images);
  const { groups, labels = groups, settings = DEFAULT_SETTINGS, folds = FOLDS, seed = 0 } = options;
  const matched = matchRows(images, texts, options.pairBy);
  if (!matched.paired) throw new PairCountError(images.rows, texts.rows);
  const ofPairs = (values: readonly RowLabel[] | undefined) =>
    values && matched.imageRows.map((row) => values[row] as RowLabel);
  const sample = { ...matched, groups: ofPairs(groups), labels: ofPairs(labels) };
  const prompts = options.prompts && {
    ...options.prompts,
    vectors: unitRows('prompts', options.prompts.vectors),
  };
  const ways = [
    { of: 'captions' as const, folds: foldsOf(sample.items, Math.min(folds, sample.items.length), seed) },
    ...(sample.groups ? [{ of: 'groups' as const, folds: foldsOf(sample.groups, folds, seed) }] : []),
  ].filter((way) => way.folds.length > 1);
  const total = ways.reduce((sum, way) => sum + way.folds.length * settings.length, 0);
  const work = { gpu: await host.gpu(), host, sample, prompts, seed, signal: options.signal };
  let done = 0;
  const splits: SweptSplit[] = [];
  for (const way of ways) {
    const points: SweepPoint[] = [];
    for (const setting of settings) {
      const judged: JudgedFold[] = [];
      for (const fold of way.folds) {
        throwIfAborted(options.signal);
        judged.push(await judgeFold(work, setting, fold));
        done += 1;
        options.onProgress?.({ done, total });
      }
      points.push({ ...setting, measures: meansOver(judged) });
    }
    splits.push({ of: way.of, folds: way.folds.length, points });
  }
  return {
    pairs: sample.items.length,
    dim: images.dim,
    seed,
    ...(groups && { groups: new Set(sample.groups).size }),
    ...(labels && { classes: new Set(sample.labels).size }),
    splits,
  };
}

const CALL = 'sweepGapClosings';

interface Work {
  readonly gpu: Gpu;
  readonly host: ClosingHost;
  readonly sample: JudgedSample;
  readonly prompts: SweepOptions['prompts'];
  readonly seed: number;
  readonly signal: AbortSignal | undefined;
}

interface JudgedFold {
  readonly pairs: number;
  readonly measures: SweepPoint['measures'];
}

async function judgeFold(work: Work, setting: SweepSetting, { fit, judged }: Fold): Promise<JudgedFold> {
  const { gpu, sample, prompts, seed, signal } = work;
  const part = (rows: readonly number[]) => ({
    images: take(sample.images, rows),
    texts: take(sample.texts, rows),
    paired: true,
  });
  const maps = await fitMaps(gpu, part(fit), setting, { head: setting.head, seed, signal });
  const { images, texts } = part(judged);
  const closed = { data: await applyMap(gpu, 'images', maps.images, images), ...sizeOf(maps, judged.length) };
  const labels = valuesAt(sample.labels, judged);
  const report = await embeddingQuality(
    gpu,
    {
      images: closed,
      texts: { data: await applyMap(gpu, 'texts', maps.texts, texts), ...sizeOf(maps, judged.length) },
      items: judged.map((row) => sample.items[row] as number),
      labels,
      prompts: prompts && { ...prompts, vectors: await closedPrompts(gpu, maps, prompts.vectors) },
    },
    { seed, resamples: 0, swaps: isFreeHead(setting) ? SWAPS : 0, sample: MOST_JUDGED, signal },
    work.host,
  );
  const measures: Partial<Record<SweepMeasureName, number>> = {
    'distributionGap.floor': report.distributionGap.baseline.mean,
  };
  for (const { name, of } of QUALITY_MEASURES) measures[name] = of(report)?.value ?? Number.NaN;
  if (prompts && labels && prompts.vectors.rows >= FEWEST_TO_CENTRE) {
    const vectors = await promptsWithOwnMean(gpu, maps, prompts.vectors);
    const right = await accuracy(gpu, closed, labels, { ...prompts, vectors });
    measures['zeroShot.accuracyWithCentredPrompts'] = right;
  }
  return { pairs: judged.length, measures };
}

const sizeOf = ({ images }: FittedMaps, rows: number) => ({ rows, dim: images.outDim });

function valuesAt(values: readonly RowLabel[] | undefined, rows: readonly number[]): RowLabel[] | undefined {
  return values && rows.map((row) => values[row] as RowLabel);
}

async function closedPrompts(gpu: Gpu, maps: FittedMaps, prompts: Vectors): Promise<Vectors> {
  return { data: await applyMap(gpu, 'prompts', maps.texts, prompts), ...sizeOf(maps, prompts.rows) };
}

/** Prompts are worded otherwise than captions, so their mean is another. */
async function promptsWithOwnMean(gpu: Gpu, { texts }: FittedMaps, prompts: Vectors): Promise<Vectors> {
  const centred = centredMap(Float64Array.from(texts.weight), meanOf(prompts));
  const map = await recentred(gpu, 'prompts', centred, prompts);
  return { data: await applyMap(gpu, 'prompts', map, prompts), rows: prompts.rows, dim: texts.outDim };
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

/** Weighted by pairs; measures that a fold lacks are left out. */
function meansOver(folds: readonly JudgedFold[]): SweepPoint['measures'] {
  const pairs = folds.reduce((sum, fold) => sum + fold.pairs, 0);
  const names = Object.keys(folds[0]?.measures ?? {}) as SweepMeasureName[];
  const means = names.map((name) => {
    const sum = folds.reduce((total, fold) => total + (fold.measures[name] ?? Number.NaN) * fold.pairs, 0);
    return [name, sum / pairs] as const;
  });
  return Object.fromEntries(means.filter(([, mean]) => Number.isFinite(mean)));
}
