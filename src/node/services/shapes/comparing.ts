import { z } from '@hono/zod-openapi';
import { folder, Image, model, text, Unreadable } from './fields.ts';

const MOST_VECTORS = 10_000;

const Side = z
  .strictObject({
    texts: z.array(text).optional(),
    images: z.array(Image).optional(),
    vectors: z.array(z.array(z.number()).min(1).max(65_536)).max(MOST_VECTORS).optional(),
  })
  .openapi('Side', { description: 'Exactly one of the three.' });

export const SimilarityRequest = z
  .strictObject({
    a: Side,
    b: Side.optional().describe('Default: a.'),
    metric: z.enum(['cosine', 'euclidean', 'dot']).default('cosine'),
    topK: z.number().int().min(1).max(MOST_VECTORS).optional().describe('Only the best of each row.'),
  })
  .openapi('SimilarityRequest');

export const SimilarityResponse = z
  .strictObject({
    rows: z.number().int(),
    cols: z.number().int(),
    values: z
      .array(z.array(z.number()))
      .describe('values[i][j]: row i of a with row j of b, or with its j-th best.'),
    indices: z.array(z.array(z.number().int())).optional().describe('With topK: rows of b, the best first.'),
  })
  .openapi('SimilarityResponse');

export const SearchRequest = z
  .strictObject({
    text: text.optional(),
    image: Image.optional(),
    folders: z.array(folder).min(1).max(100).optional().describe('Default: all.'),
    topK: z.number().int().min(1).max(1000).default(10),
  })
  .openapi('SearchRequest', { description: 'Either text or image.' });

export const SearchResponse = z
  .strictObject({
    hits: z.array(z.strictObject({ folder: z.string(), image: z.string(), cosine: z.number() })),
    searched: z.number().int(),
    unreadable: z.array(Unreadable),
  })
  .openapi('SearchResponse');

export const ZeroShotRequest = z
  .strictObject({
    images: z.array(Image).min(1).optional(),
    folder: folder.optional(),
    labels: z.array(text.min(1)).min(1).max(1000),
    templates: z.array(text).min(1).max(100).optional().describe('With {} for the label; averaged.'),
  })
  .openapi('ZeroShotRequest', { description: 'Either images or folder.' });

export const ZeroShotResponse = z
  .strictObject({
    ...model,
    results: z.array(
      z.strictObject({
        image: z.string(),
        labels: z.array(z.strictObject({ label: z.string(), probability: z.number(), cosine: z.number() })),
      }),
    ),
    unreadable: z.array(Unreadable),
  })
  .openapi('ZeroShotResponse');
