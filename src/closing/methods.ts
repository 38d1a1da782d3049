import type { AffineMap, ClosingMethod } from '../closing-data.ts';
import type { Gpu } from '../device/gpu.ts';
import { notRecentred, recentred } from './affine-map.ts';
import { withinCells } from './cells.ts';
import { center, type LinearMaps, realign, shift, standardise } from './closed-forms.ts';
import { FewRowsError, UnpairedRowsError } from './errors.ts';
import type { HeadOptions, TrainingOptions } from './head/options.ts';
import { trainHead } from './head/train-head.ts';
import { cca, procrustes, ridge } from './paired-forms.ts';
import {
  eachRowOnce,
  expectDifferent,
  meanOf,
  type PairedMoments,
  pairedMoments,
  type RowMoments,
  rowMoments,
  type Sample,
  spreadOf,
} from './sample.ts';
import { local, reciprocal, transport } from './transport.ts';

interface MethodFacts {
  /** Learns from pairs, so it needs image i to belong to text i. */
  readonly paired: boolean;
  /** What its strength means, if it has one: the default and the largest. */
  readonly strength?: { readonly default: number; readonly most: number };
}

export const METHODS: Readonly<Record<ClosingMethod, MethodFacts>> = {
  shift: { paired: false, strength: { default: 1, most: 2 } },
  center: { paired: false },
  transport: { paired: false, strength: { default: 0.25, most: 1 } },
  reciprocal: { paired: false, strength: { default: 1, most: 1 } },
  local: { paired: false, strength: { default: 0.5, most: 1 } },
  cca: { paired: true },
  head: { paired: true },
  standardise: { paired: false },
  realign: { paired: false },
  procrustes: { paired: true },
  ridge: { paired: true },
};

/** Both maps, and what was learned on the way. */
export interface FittedMaps {
  readonly images: AffineMap;
  readonly texts: AffineMap;
  /** The shares of the identity in the covariances, after Ledoit and Wolf. */
  readonly shrinkage?: { readonly images: number; readonly texts: number };
}

/** Two rows are the fewest that differ. */
const FEWEST = 2;

/**
 * Fits one method on rows of length 1.
 * @throws {UnpairedRowsError} @throws {FewRowsError} @throws {NoSpreadError} @throws {ClosedToZeroError}
 */
export async function fitMaps(
  gpu: Gpu,
  pairs: Sample,
  { method, strength = METHODS[method].strength?.default ?? 0 }: FittedMethod,
  options: HeadFitOptions = {},
): Promise<FittedMaps> {
  const sample = METHODS[method].paired ? pairs : eachRowOnce(pairs);
  expectRows(method, sample);
  if (method === 'head') return placed(gpu, await trainedMaps(gpu, sample, options), sample);
  if (method === 'center') return placed(gpu, center(meansOf(sample)), sample);
  if (method === 'shift') return placed(gpu, shift(meansOf(sample), strength), sample);
  const { moments, maps } = METHODS[method].paired
    ? await fromPairs(gpu, method, sample)
    : await fromRows(gpu, method, sample, { strength, seed: options.seed ?? 0 });
  const shrinkage = { images: moments.images.shrinkage, texts: moments.texts.shrinkage };
  return { ...(await placed(gpu, maps, sample)), shrinkage };
}

export interface FittedMethod {
  readonly method: ClosingMethod;
  readonly strength?: number;
}

/** What only a head takes. */
export interface HeadFitOptions {
  readonly head?: HeadOptions;
  readonly seed?: number;
  readonly signal?: AbortSignal;
  /** As `onProgress` of `trainHead`. */
  readonly onTraining?: TrainingOptions['onProgress'];
}

async function trainedMaps(
  gpu: Gpu,
  { images, texts }: Sample,
  { head, seed, signal, onTraining }: HeadFitOptions,
): Promise<LinearMaps> {
  const { image, text } = await trainHead(gpu, images, texts, {
    seed,
    ...head,
    signal,
    onProgress: onTraining,
  });
  const sizes = { dim: images.dim, outDim: images.dim };
  return { images: { ...image, ...sizes }, texts: { ...text, ...sizes } };
}

const meansOf = ({ images, texts }: Sample) => ({
  images: { mean: meanOf(images) },
  texts: { mean: meanOf(texts) },
});

function expectRows(method: ClosingMethod, { images, texts, paired }: Sample): void {
  if (images.rows < FEWEST) throw new FewRowsError(method, 'images', images.rows, FEWEST);
  if (texts.rows < FEWEST) throw new FewRowsError(method, 'texts', texts.rows, FEWEST);
  if (METHODS[method].paired && !paired) throw new UnpairedRowsError(method, images.rows, texts.rows);
}

/** @throws {FewRowsError} @throws {NoSpreadError} for a modality whose rows are all the same */
export function expectSpread({ images, texts }: Sample): void {
  for (const [name, rows] of Object.entries({ images, texts })) {
    if (rows.rows < FEWEST) throw new FewRowsError('a closing', name, rows.rows, FEWEST);
    expectDifferent(name, rows);
  }
}

async function fromPairs(gpu: Gpu, method: ClosingMethod, sample: Sample) {
  const moments = await pairedMoments(gpu, sample);
  return { moments, maps: PAIRED[method as keyof typeof PAIRED](moments) };
}

async function fromRows(
  gpu: Gpu,
  method: ClosingMethod,
  sample: Sample,
  { strength, seed }: { readonly strength: number; readonly seed: number },
) {
  if (method === 'local') {
    const moments = await rowMoments(gpu, await withinCells(gpu, sample, seed));
    for (const name of ['images', 'texts'] as const) spreadOf(name, moments[name], moments.dim, 'neighbours');
    return { moments, maps: local(meansOf(sample), moments, strength) };
  }
  const moments = await rowMoments(gpu, sample);
  return { moments, maps: UNPAIRED[method as keyof typeof UNPAIRED](moments, strength) };
}

const PAIRED = { cca, procrustes, ridge } satisfies Partial<
  Record<ClosingMethod, (moments: PairedMoments) => LinearMaps>
>;

const UNPAIRED = { standardise, realign, transport, reciprocal } satisfies Partial<
  Record<ClosingMethod, (moments: RowMoments, strength: number) => LinearMaps>
>;

/** With the means where the method wants them once rows have length 1 again. */
async function placed(gpu: Gpu, { images, texts, means }: LinearMaps, sample: Sample) {
  if (means === 'as they come') return { images: notRecentred(images), texts: notRecentred(texts) };
  return {
    images: means ? notRecentred(images) : await recentred(gpu, 'images', images, sample.images),
    texts: await recentred(gpu, 'texts', texts, sample.texts, means),
  };
}
