import { z } from 'zod';

/** Of images, texts or labels in a call: results go into a model's context. */
const MOST_INPUTS = 32;
const MOST_RESULTS = 100;
const MOST_LABELS = 200;
const LONGEST_TEXT = 20_000;

const text = z.string().min(1).max(LONGEST_TEXT);
const folder = z.string().max(64).describe('A folder’s name; list_images tells which there are.');
const image = z
  .strictObject({ folder, image: z.string().max(4096).describe('The image’s path within the folder.') })
  .describe('An image of a named folder.');
const images = z.array(image).max(MOST_INPUTS);
const texts = z.array(text).max(MOST_INPUTS);
const unreadable = z.strictObject({
  count: z.number().int(),
  first: z.array(z.strictObject({ image: z.string(), error: z.string() })),
});

/** Schemas of each tool's input and result. */
export const TOOLS = {
  list_images: {
    input: z.strictObject({
      folder: folder.optional().describe('Without it, the folders and how many images each has.'),
      contains: z.string().max(200).optional().describe('Only images whose path has this in it.'),
      offset: z.number().int().min(0).default(0),
      limit: z.number().int().min(1).max(MOST_RESULTS).default(50),
    }),
    output: z.strictObject({
      folders: z.array(z.strictObject({ name: z.string(), images: z.number().int() })),
      images: z.array(z.strictObject({ folder: z.string(), image: z.string() })),
      total: z
        .number()
        .int()
        .describe('Images of the folder that match; more than are listed where limit cuts.'),
    }),
  },
  embed: {
    input: z.strictObject({
      texts: texts.default([]),
      images: images.default([]),
      encoding: z
        .enum(['base64', 'float'])
        .default('base64')
        .describe('base64: little-endian float32, short; float: a list of numbers, long.'),
    }),
    output: z.strictObject({
      model: z.string(),
      fingerprint: z.string(),
      untrained: z.boolean(),
      dim: z.number().int(),
      embeddings: z.array(
        z.strictObject({
          kind: z.enum(['text', 'image']),
          id: z.string(),
          embedding: z.union([z.string(), z.array(z.number())]),
        }),
      ),
      truncated: z
        .array(z.number().int())
        .describe('Indices of texts that were longer than the model reads.'),
    }),
  },
  search: {
    input: z.strictObject({
      text: text.optional().describe('What to look for, in words. Either this or image.'),
      image: image.optional().describe('An image to find similar ones of. Either this or text.'),
      folders: z.array(folder).min(1).max(100).optional().describe('Default: all.'),
      limit: z.number().int().min(1).max(MOST_RESULTS).default(10),
    }),
    output: z.strictObject({
      results: z.array(
        z.strictObject({ folder: z.string(), image: z.string(), cosine: z.number(), uri: z.string() }),
      ),
      searched: z.number().int(),
      unreadable,
    }),
  },
  compare: {
    input: z.strictObject({ texts: texts.default([]), images: images.default([]) }),
    output: z.strictObject({
      rows: z.array(z.string()),
      columns: z.array(z.string()),
      cosines: z.array(z.array(z.number())).describe('cosines[i][j]: row i with column j.'),
    }),
  },
  zero_shot: {
    input: z.strictObject({
      images: images.optional().describe('Either these or folder.'),
      folder: folder.optional().describe('All images of a folder. Either this or images.'),
      labels: z.array(text).min(2).max(MOST_LABELS),
      templates: z
        .array(text)
        .min(1)
        .max(16)
        .optional()
        .describe('Texts with {} for the label; their embeddings are averaged.'),
      limit: z.number().int().min(1).max(MOST_RESULTS).default(50).describe('Images in the result, at most.'),
    }),
    output: z.strictObject({
      results: z.array(
        z.strictObject({
          image: z.string(),
          labels: z.array(z.strictObject({ label: z.string(), probability: z.number(), cosine: z.number() })),
        }),
      ),
      counts: z
        .array(z.strictObject({ label: z.string(), images: z.number().int() }))
        .describe('Images whose likeliest label it is, of all.'),
      total: z.number().int(),
      unreadable,
    }),
  },
} as const;

export type ToolName = keyof typeof TOOLS;
export type ToolInput<N extends ToolName> = z.output<(typeof TOOLS)[N]['input']>;
export type ToolOutput<N extends ToolName> = z.input<(typeof TOOLS)[N]['output']>;
