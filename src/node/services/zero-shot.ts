import {
  averageTemplates,
  DEFAULT_TEMPLATE,
  fillTemplates,
  type LabelScore,
  scoreLabels,
} from '../label-scores.ts';
import { RequestLimitError } from './errors.ts';
import type { FailedImage, IndexOptions } from './folder-index.ts';
import type { ImageRef } from './image-refs.ts';
import type { Services } from './services.ts';

export interface ZeroShotQuery {
  readonly images?: readonly ImageRef[];
  readonly folder?: string;
  readonly labels: readonly string[];
  readonly templates?: readonly string[];
}

export interface ZeroShotResult {
  /** Of each image that can be read, the likeliest label first. */
  readonly images: readonly { readonly id: string; readonly labels: readonly LabelScore[] }[];
  readonly failed: readonly FailedImage[];
}

/** Of images with labels in one request; they are computed in one go. */
const MOST_SCORES = 1_000_000;

/** Which label fits each image best: softmax(logit scale x cosine), or sigmoid with the model's bias; templates averaged. */
export async function zeroShot(
  services: Services,
  { images = [], folder, labels, templates = [DEFAULT_TEMPLATE] }: ZeroShotQuery,
  options: IndexOptions = {},
): Promise<ZeroShotResult> {
  const { signal } = options;
  const { texts, images: named } = await services.embed(
    { images, texts: fillTemplates(labels, templates) },
    { signal },
  );
  const indexed = folder === undefined ? undefined : await services.index(folder, options);
  const rows = indexed?.images ?? named;
  const scores = rows.rows * labels.length;
  if (scores > MOST_SCORES) throw new RequestLimitError('images times labels', scores, MOST_SCORES);
  const info = await services.info();
  const classes = averageTemplates(texts, labels.length, templates.length);
  return {
    images: rows.ids.map((id, row) => ({
      id,
      labels: scoreLabels(rows, row, classes, labels, info),
    })),
    failed: indexed?.failed ?? [],
  };
}
