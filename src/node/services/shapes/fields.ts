import { z } from '@hono/zod-openapi';

const LONGEST_TEXT = 100_000;

export const text = z.string().max(LONGEST_TEXT);
export const folder = z.string().max(64);
const bytes = z.string().min(1).describe('The image file in base64, or as a data: URL.');
export const encoding = z
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

export const rows = z.strictObject({
  ids: z.array(z.string()),
  embeddings: z.array(z.union([z.array(z.number()), z.string()])),
});

export const model = {
  model: z.string(),
  fingerprint: z.string().describe('SHA-256 of the checkpoint’s content.'),
  untrained: z.boolean().describe('A seeded test model, whose results mean nothing.'),
};

export const Unreadable = z.strictObject({ folder: z.string(), image: z.string(), error: z.string() });
