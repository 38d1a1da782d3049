import type { LinearMap } from '../closing-data.ts';
import { centredMap, translation } from './affine-map.ts';
import { identity, scaleRow } from './matrices.ts';
import { type Moments, type RowMoments, spreadOf } from './sample.ts';

/** What images and texts go through before they are scaled to length 1. */
export interface LinearMaps {
  readonly images: LinearMap;
  readonly texts: LinearMap;
  /** Where the means are once the rows have length 1 again: both at 0 by default, or as they come, or texts' at this. */
  readonly means?: 'as they come' | Float64Array<ArrayBuffer>;
}

/** Each modality's mean `[D]`. */
export interface Means {
  readonly images: Pick<Moments, 'mean'>;
  readonly texts: Pick<Moments, 'mean'>;
}

/**
 * Moves both along the gap vector of Liang et al. 2022 ("Mind the Gap"), gap = mean(x) - mean(y): images by -amount / 2
 * of it, texts by + amount / 2. The common mean stays.
 */
export function shift({ images, texts }: Means, amount: number): LinearMaps {
  const gap = images.mean.map((value, d) => value - (texts.mean[d] as number));
  return {
    images: translation(gap.map((value) => (-amount / 2) * value)),
    texts: translation(gap.map((value) => (amount / 2) * value)),
    means: 'as they come',
  };
}

/** Takes each modality's own mean out: x - mean(x). GR-CLIP's calibration (Li et al. 2025). */
export function center({ images, texts }: Means): LinearMaps {
  return {
    images: translation(images.mean.map((value) => -value)),
    texts: translation(texts.mean.map((value) => -value)),
  };
}

/** Centres, and divides each dimension by its standard deviation. */
export function standardise({ images, texts, dim }: RowMoments): LinearMaps {
  const scaled = (name: string, moments: Moments) => {
    spreadOf(name, moments, dim);
    const { mean, covariance } = moments;
    const weight = identity(dim);
    for (let d = 0; d < dim; d++) scaleRow(weight, dim, d, 1 / Math.sqrt(covariance[d * dim + d] as number));
    return centredMap(weight, mean);
  };
  return { images: scaled('images', images), texts: scaled('texts', texts) };
}

/**
 * ReAlign (Yu et al. 2026, "Modality Gap-Driven Subspace Alignment"): texts take the images' mean and total variance,
 * y = mean(x) + sqrt(tr S_x / tr S_y) (y - mean(y)), and their mean is corrected after scaling to length 1. Images stay.
 */
export function realign({ images, texts, dim }: RowMoments): LinearMaps {
  const scale = Math.sqrt(spreadOf('images', images, dim) / spreadOf('texts', texts, dim));
  const weight = identity(dim).map((value) => value * scale);
  const { bias, ...map } = centredMap(weight, texts.mean);
  return {
    images: translation(new Float64Array(dim)),
    texts: { ...map, bias: bias.map((value, d) => value + (images.mean[d] as number)) },
    means: images.mean,
  };
}
