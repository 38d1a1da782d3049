import { z } from '@hono/zod-openapi';

const LONGEST_TEXT = 100_000;
const MOST_VECTORS = 10_000;

const text = z.string().max(LONGEST_TEXT);
const folder = z.string().max(64);
const bytes = z.string().min(1).describe('The image file in base64, or as a data: URL.');
const encoding = z
  .enum(['float', 'base64'])
  .default('float')
  .describe('base64: the row’s bytes, little-endian float32.');

/** An image of a request. */
export const Image = z
  .union([
    bytes,
    z.strictObject({ id: z.string().max(1024).optional(), data: bytes }),
    z.strictObject({ folder, image: z.string().max(4096) }),
    z.strictObject({ id: z.string().max(1024).optional(), url: z.string().max(8192) }),
  ])
  .openapi('Image', {
    description:
      'A file in base64 or as a data: URL; an image of a named folder; or with --allow-urls an http(s) URL.',
  });

const rows = z.strictObject({
  ids: z.array(z.string()),
  embeddings: z.array(z.union([z.array(z.number()), z.string()])),
});

const model = {
  model: z.string(),
  fingerprint: z.string().describe('SHA-256 of the checkpoint’s content.'),
  untrained: z.boolean().describe('A seeded test model, whose results mean nothing.'),
};

const Unreadable = z.strictObject({ folder: z.string(), image: z.string(), error: z.string() });

export const EmbeddingsRequest = z
  .strictObject({
    texts: z.array(text).default([]),
    images: z.array(Image).default([]),
    encoding,
    onError: z
      .enum(['fail', 'skip'])
      .default('fail')
      .describe('What an image that cannot be read does: fail, or be listed in `skipped`.'),
  })
  .openapi('EmbeddingsRequest');

const file = z
  .instanceof(File)
  .openapi({ type: 'string', format: 'binary', description: 'An image file; its name is its id.' });

/** The same as a form: fields and files may be repeated. */
export const EmbeddingsForm = z
  .strictObject({
    texts: z.union([text, z.array(text)]).optional(),
    images: z.union([file, z.array(file)]).optional(),
    encoding,
    onError: EmbeddingsRequest.shape.onError,
  })
  .openapi('EmbeddingsForm');

export const EmbeddingsResponse = z
  .strictObject({
    ...model,
    dim: z.number().int(),
    texts: rows,
    images: rows,
    truncated: z.array(z.number().int()).describe('Indices of texts that were longer than the model reads.'),
    skipped: z.array(
      z.strictObject({ kind: z.string(), index: z.number().int(), id: z.string(), error: z.string() }),
    ),
  })
  .openapi('EmbeddingsResponse');

export const OpenAiRequest = z
  .strictObject({
    input: z.union([text, z.array(text).min(1)]),
    model: z.string().max(1024).optional().describe('Not looked at: the server has one model.'),
    encoding_format: encoding,
    user: z.string().max(1024).optional(),
  })
  .openapi('OpenAiEmbeddingsRequest');

export const OpenAiResponse = z
  .strictObject({
    object: z.literal('list'),
    model: z.string(),
    data: z.array(
      z.strictObject({
        object: z.literal('embedding'),
        index: z.number().int(),
        embedding: z.union([z.array(z.number()), z.string()]),
      }),
    ),
  })
  .openapi('OpenAiEmbeddingsResponse');

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

export const HealthResponse = z.strictObject({ status: z.literal('ok') }).openapi('Health');

export const InfoResponse = z
  .strictObject({
    version: z.string(),
    ...model,
    revision: z.string().optional().describe('The commit of a model by name.'),
    towers: z.strictObject({ image: z.string(), text: z.string() }),
    dtype: z.string(),
    adapter: z.string(),
    device: z.string(),
    closing: z.strictObject({ method: z.string(), strength: z.number().optional() }).optional(),
    embedDim: z.number().int(),
    imageSize: z.number().int(),
    contextLength: z.number().int(),
    logitScale: z.number(),
    folders: z.array(z.string()),
    queue: z.strictObject({
      running: z.number().int(),
      waiting: z.number().int(),
      limits: z.strictObject({ running: z.number(), waiting: z.number(), timeout: z.number() }),
    }),
    limits: z.strictObject({
      bodyBytes: z.number(),
      images: z.number(),
      texts: z.number(),
      megapixels: z.number(),
    }),
  })
  .openapi('Info');

/** RFC 9457. */
export const Problem = z
  .strictObject({
    type: z.string(),
    title: z.string().describe('The error’s name.'),
    status: z.number().int(),
    detail: z.string(),
    errors: z.array(z.strictObject({ field: z.string(), reason: z.string() })).optional(),
  })
  .openapi('Problem');
