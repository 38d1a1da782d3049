import type { ModelConfig } from '../weights/config.ts';
import type { EmbedInputs, NamedImage, SkippedInput } from './api.ts';
import type { EmbedSettings } from './embed-options.ts';
import { EmbeddingRows } from './embedding-rows.ts';
import type { Embeddings, TokenStates } from './embeddings.ts';
import { throwIfAborted } from './errors.ts';
import type { DecodedImage } from './image/decoded-image.ts';
import type { ImageSource } from './image/source.ts';
import { ImageInputError } from './input-errors.ts';
import type { ImageResizer } from './kernels/resize.ts';
import type { Platform } from './platform.ts';
import type { ImageTower } from './vit/image-tower.ts';

interface ImageSetup {
  readonly tower: ImageTower;
  readonly resizer: ImageResizer;
  readonly platform: Platform;
  readonly config: ModelConfig;
}

export interface EmbeddedImages {
  readonly embeddings: Embeddings;
  readonly tokens: TokenStates;
  readonly skipped: readonly SkippedInput[];
}

interface Decoded {
  readonly id: string;
  readonly image: DecodedImage;
}

type ImageInput = NonNullable<EmbedInputs['images']>[number];

/** Decodes, resizes and embeds all images in batches, in order; the next batch is decoded while the GPU works. */
export async function embedImages(
  images: readonly ImageInput[],
  settings: EmbedSettings,
  { tower, resizer, platform, config }: ImageSetup,
): Promise<EmbeddedImages> {
  const skipped: SkippedInput[] = [];
  const size = Math.min(settings.batchSize, tower.maxBatch);
  const decode = (start: number) => decodeBatch(images, start, size, settings, platform, skipped);
  const rows = new EmbeddingRows();
  let next = decode(0);
  for (let start = 0; start < images.length; start += size) {
    const batch = await next;
    throwIfAborted(settings.signal);
    next = decode(start + size);
    next.catch(() => {}); // awaited in the next round, if there is one
    if (batch.length > 0) {
      const { embedding, tokens } = await tower.embed(batch.length, settings, async (pixels) => {
        for (const [index, { image }] of batch.entries()) await resizer.resize(image, pixels, index);
      });
      const lengths = batch.map(() => tower.tokensPerImage);
      rows.add(
        batch.map(({ id }) => id),
        lengths,
        embedding,
        tokens,
      );
    }
    settings.onProgress?.({
      kind: 'image',
      done: Math.min(start + size, images.length),
      total: images.length,
    });
  }
  return {
    embeddings: rows.embeddings(config.embedDim),
    tokens: rows.tokens(config.image.width),
    skipped,
  };
}

/** @throws {ImageInputError} for the first image that cannot be read, unless errors are skipped */
async function decodeBatch(
  images: readonly ImageInput[],
  start: number,
  size: number,
  { skipErrors }: EmbedSettings,
  platform: Platform,
  skipped: SkippedInput[],
): Promise<Decoded[]> {
  const settled = await Promise.all(
    images.slice(start, start + size).map(async (input, i) => {
      const index = start + i;
      const { id = String(index), source, window } = named(input);
      try {
        return { id, image: await platform.decodeImage(source, window) };
      } catch (cause) {
        const error = cause instanceof Error ? cause : new Error(String(cause));
        return { kind: 'image' as const, index, id, error };
      }
    }),
  );
  const decoded: Decoded[] = [];
  for (const result of settled) {
    if (result.image) decoded.push(result);
    else if (skipErrors) skipped.push(result);
    else throw new ImageInputError(result.index, result.id, result.error);
  }
  return decoded;
}

function named(input: ImageInput): NamedImage {
  return typeof input === 'object' && input !== null && 'source' in input
    ? input
    : { source: input as ImageSource };
}
