import { z } from '@hono/zod-openapi';
import { model } from './fields.ts';

export const HealthResponse = z.strictObject({ status: z.literal('ok') }).openapi('Health');

export const InfoResponse = z
  .strictObject({
    version: z.string(),
    ...model,
    revision: z.string().optional().describe('The commit of a model by name.'),
    towers: z.strictObject({ image: z.string().optional(), text: z.string().optional() }),
    dtype: z.string(),
    adapter: z.string(),
    device: z.string(),
    closing: z.strictObject({ method: z.string(), strength: z.number().optional() }).optional(),
    embedDim: z.number().int(),
    imageSize: z.number().int(),
    contextLength: z.number().int(),
    logitScale: z.number(),
    logitBias: z.number().optional().describe('Of models whose probabilities are a sigmoid of each label.'),
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
