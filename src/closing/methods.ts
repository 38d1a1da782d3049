import type { Gpu } from '../device/gpu.ts';
import { type AffineMap, notRecentred, recentred } from './affine-map.ts';
import {
  cca,
  center,
  type LinearMaps,
  procrustes,
  realign,
  ridge,
  shift,
  standardise,
  transport,
} from './closed-forms.ts';
import { FewRowsError, UnpairedRowsError } from './errors.ts';
import {
  meanOf,
  type PairedMoments,
  pairedMoments,
  type RowMoments,
  rowMoments,
  type Sample,
} from './sample.ts';

/** How a closing is fitted. The last four are baselines that others are better than, for comparison. */
export type ClosingMethod =
  | 'shift'
  | 'center'
  | 'transport'
  | 'cca'
  | 'head'
  | 'standardise'
  | 'realign'
  | 'procrustes'
  | 'ridge';

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
  method: Exclude<ClosingMethod, 'head'>,
  sample: Sample,
  strength: number,
): Promise<FittedMaps> {
  expectRows(method, sample);
  if (method === 'center') return placed(gpu, center(meansOf(sample)), sample);
  if (method === 'shift') return placed(gpu, shift(meansOf(sample), strength), sample);
  const { moments, maps } = METHODS[method].paired
    ? await fromPairs(gpu, method, sample)
    : await fromRows(gpu, method, sample, strength);
  const shrinkage = { images: moments.images.shrinkage, texts: moments.texts.shrinkage };
  return { ...(await placed(gpu, maps, sample)), shrinkage };
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

async function fromPairs(gpu: Gpu, method: ClosingMethod, sample: Sample) {
  const moments = await pairedMoments(gpu, sample);
  return { moments, maps: PAIRED[method as keyof typeof PAIRED](moments) };
}

async function fromRows(gpu: Gpu, method: ClosingMethod, sample: Sample, strength: number) {
  const moments = await rowMoments(gpu, sample);
  return { moments, maps: UNPAIRED[method as keyof typeof UNPAIRED](moments, strength) };
}

const PAIRED = { cca, procrustes, ridge } satisfies Partial<
  Record<ClosingMethod, (moments: PairedMoments) => LinearMaps>
>;

const UNPAIRED = { standardise, realign, transport } satisfies Partial<
  Record<ClosingMethod, (moments: RowMoments, strength: number) => LinearMaps>
>;

/** With the means where the method wants them once rows have length 1 again. */
export async function placed(gpu: Gpu, { images, texts, means }: LinearMaps, sample: Sample) {
  if (means === 'as they come') return { images: notRecentred(images), texts: notRecentred(texts) };
  return {
    images: means ? notRecentred(images) : await recentred(gpu, 'images', images, sample.images),
    texts: await recentred(gpu, 'texts', texts, sample.texts, means),
  };
}
