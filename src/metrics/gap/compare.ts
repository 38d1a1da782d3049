import type { Gpu } from '../../device/gpu.ts';
import { throwIfAborted } from '../../errors.ts';
import { allocateOnHost, type Host, HostMemoryError } from '../../platform/host-memory.ts';
import { unitCounts } from '../random.ts';
import { type ComparedModel, type ModelPairs, samePairs } from './compared-pairs.ts';
import {
  COMPARED_STATISTICS,
  type ComparedStatisticName,
  type ModelGeometry,
} from './compared-statistics.ts';
import { estimate, replicatesOf } from './estimate.ts';
import {
  type Kernel,
  type KernelAlignment,
  kernelAlignment,
  kernelBytes,
  kernelOf,
} from './kernel-alignment.ts';
import { expectGapFits, type GapSettings, gapOfPairs, readGapOptions } from './modality-gap.ts';
import type { PairBy, Pairs } from './pairing.ts';
import type { GapOptions, GapProgress, GapReport } from './report.ts';
import { spectralAlignment } from './spectral-alignment.ts';

/** How models are compared. */
export interface CompareGapsOptions extends Omit<GapOptions, 'logitScale' | 'onProgress'> {
  /** Called after some rows, resamples and swaps of a model. */
  readonly onProgress?: (progress: CompareGapsProgress) => void;
}

/** How far a comparison is. */
export interface CompareGapsProgress {
  /** The model's name. */
  readonly model: string;
  /** The stages of `modalityGap`, then the geometry: its spectral alignment takes an eigendecomposition a resample. */
  readonly stage: GapProgress['stage'] | 'geometry';
  /** Of the current stage. */
  readonly done: number;
  /** Of the current stage. */
  readonly total: number;
}

/** The modality gaps of several models over the same pairs, side by side. */
export interface GapComparison {
  /** n, the number of pairs. */
  readonly pairs: number;
  /** Whether rows were paired by ids or by position. */
  readonly pairedBy: PairBy;
  /** Number of items, which are what a resample draws: fewer than pairs if ids repeat. */
  readonly items: number;
  /** What resamples and pairings were drawn by. */
  readonly seed: number;
  /** Bootstrap resamples that were asked for. */
  readonly resamples: number;
  /** Random pairings that were asked for. */
  readonly permutations: number;
  /** In the order given. */
  readonly models: readonly MeasuredModel[];
  /** Of each two models, the earlier one first. */
  readonly differences: readonly ModelDifferences[];
  /** Of each two models, the earlier one first. */
  readonly agreement: readonly ModelAgreement[];
}

/** What was measured of one model. */
export interface MeasuredModel {
  /** As given. */
  readonly name: string;
  /** What `modalityGap` measures; where ids repeat, resamples draw items here, and pairs there. */
  readonly gap: GapReport;
  /** How alike the geometries of its images and of its texts are. */
  readonly geometry: ModelGeometry;
}

/** By how much two models differ. */
export interface ModelDifferences {
  /** Their names: the first, the second. */
  readonly models: readonly [string, string];
  /** Those that both reports have. */
  readonly statistics: readonly GapDifference[];
}

/** By how much a statistic differs, with the 95 % interval of the difference over the same resamples. */
export interface GapDifference {
  /** Its place in a `MeasuredModel`, see `COMPARED_STATISTICS`. */
  readonly name: ComparedStatisticName;
  /** Of the first model. */
  readonly first: number;
  /** Of the second model. */
  readonly second: number;
  /** second - first */
  readonly difference: number;
  /** 2.5 % quantile of the difference over resamples. */
  readonly low: number;
  /** 97.5 % quantile of the difference over resamples. */
  readonly high: number;
  /** Resamples that define the statistic of both models. */
  readonly resamples: number;
}

/** How alike two models see the same images, and the same texts. */
export interface ModelAgreement {
  /** Their names. */
  readonly models: readonly [string, string];
  /** Of the images. */
  readonly images: KernelAlignment;
  /** Of the texts. */
  readonly texts: KernelAlignment;
}

/**
 * Compares the modality gaps of models that embedded the same pairs, as `modalityGap` measures each. Differences are by the
 * paired bootstrap (Efron and Tibshirani 1993): every resample draws the same items for all models, so what makes pairs easy
 * or hard for both cancels. Pairs are matched by their ids, where there are any, whatever their order.
 * @throws {InvalidOptionError} for fewer than two models, or two of one name
 * @throws {ComparedPairsError} naming the pairs that a model lacks or has beyond the first
 * @throws {ComparedModelError} naming the model whose rows cannot be measured, with the reason as its cause
 * @throws {HostMemoryError} @throws {DeviceLimitError} @throws {AbortedError}
 */
export async function compareGaps(
  gpu: Gpu,
  models: readonly ComparedModel[],
  options: CompareGapsOptions = {},
  host: Host = {},
): Promise<GapComparison> {
  const settings = readGapOptions(options);
  throwIfAborted(options.signal);
  const compared = samePairs(models, options.pairBy);
  for (const { pairs } of compared) expectGapFits(gpu, pairs, settings, host);
  const { n, items, itemCount, pairedBy } = at(compared, 0).pairs;
  const { seed, resamples, permutations } = settings;
  const draw = () => unitCounts(seed, resamples, items, itemCount);
  const counts = allocateKernels(n, models.length, resamples, host, draw);
  const measured: (MeasuredModel & { readonly kernels: ModelKernels })[] = [];
  for (const one of compared) {
    measured.push(await measureModel(gpu, one, counts, { ...options, ...settings, host }));
  }
  const both = eachTwo(measured.length).map(([a, b]) => [at(measured, a), at(measured, b)] as const);
  const agreement: ModelAgreement[] = [];
  for (const [a, b] of both) {
    const of = (side: keyof ModelKernels) =>
      kernelAlignment(gpu, a.kernels[side], b.kernels[side], counts, options.signal);
    agreement.push({ models: [a.name, b.name], images: await of('images'), texts: await of('texts') });
  }
  return {
    ...{ pairs: n, pairedBy, items: itemCount, seed, resamples, permutations },
    models: measured.map(({ name, gap, geometry }) => ({ name, gap, geometry })),
    differences: both.map(([a, b]) => differencesOf(a, b)),
    agreement,
  };
}

interface MeasureOptions extends CompareGapsOptions, GapSettings {
  readonly host: Host;
  readonly resamples: number;
  readonly permutations: number;
  readonly seed: number;
}

async function measureModel(
  gpu: Gpu,
  { model, pairs }: ModelPairs,
  counts: Float32Array,
  { host, signal, onProgress, ...settings }: MeasureOptions,
) {
  const { name, logitScale } = model;
  const tell = (stage: CompareGapsProgress['stage']) => (done: number, total: number) =>
    onProgress?.({ model: name, stage, done, total });
  const gap = await gapOfPairs(gpu, pairs, counts, {
    ...{ ...settings, logitScale, signal, host },
    onProgress: ({ stage, done, total }) => tell(stage)(done, total),
  });
  const kernels = await kernelsOf(gpu, pairs, counts, signal);
  const spectral = await spectralAlignment(pairs, counts, { signal, onProgress: tell('geometry') });
  const aligned = await kernelAlignment(gpu, kernels.images, kernels.texts, counts, signal);
  return { name, gap, geometry: { ...aligned, spectralAlignment: spectral }, kernels };
}

type ModelKernels = Readonly<Record<'images' | 'texts', Kernel>>;

async function kernelsOf(
  gpu: Gpu,
  { images, texts, dim }: Pairs,
  counts: Float32Array,
  signal: AbortSignal | undefined,
): Promise<ModelKernels> {
  return {
    images: await kernelOf(gpu, images, dim, counts, signal),
    texts: await kernelOf(gpu, texts, dim, counts, signal),
  };
}

function differencesOf(first: MeasuredModel, second: MeasuredModel): ModelDifferences {
  const statistics = COMPARED_STATISTICS.flatMap(({ name, of }) => {
    const [a, b] = [of(first), of(second)];
    if (!a || !b) return [];
    const [before, after] = [replicatesOf(a), replicatesOf(b)];
    const shared = Math.min(before.length, after.length); // more dimensions afford fewer
    const changes = Float64Array.from({ length: shared }, (_, r) => (after[r] ?? 0) - (before[r] ?? 0));
    const { value: difference, low, high, resamples } = estimate(b.value - a.value, changes);
    return [{ name, first: a.value, second: b.value, difference, low, high, resamples }];
  });
  return { models: [first.name, second.name], statistics };
}

function eachTwo(count: number): [number, number][] {
  const numbers = Array.from({ length: count }, (_, i) => i);
  return numbers.flatMap((a) => numbers.slice(a + 1).map((b): [number, number] => [a, b]));
}

function at<T>(list: readonly T[], index: number): T {
  return list[index] as T;
}

/** @throws {HostMemoryError} before the first step */
function allocateKernels<T>(n: number, models: number, resamples: number, host: Host, make: () => T): T {
  const bytes = 2 * models * kernelBytes(n, resamples);
  const what = `compareGaps: ${n.toLocaleString('en')} pairs of ${models} models`;
  const advice = 'compare a sample of the pairs, or fewer models at a time';
  return allocateOnHost(
    host,
    bytes,
    make,
    (available, cause) => new HostMemoryError(what, bytes, available, advice, cause),
  );
}
