import { z } from '@hono/zod-openapi';
import { encoding, Image, model, rows, text } from './fields.ts';

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
    usage: z
      .strictObject({ prompt_tokens: z.number().int(), total_tokens: z.number().int() })
      .describe('Tokens that the model read, those that begin and end a text included; both are the same.'),
  })
  .openapi('OpenAiEmbeddingsResponse');
