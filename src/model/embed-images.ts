import type { ModelConfig } from '../../weights/config.ts';
import type { SkippedInput } from '../api.ts';
import type { Embeddings, TokenStates } from '../embeddings.ts';
import { throwIfAborted } from '../errors.ts';
import type { DecodedImage } from '../image/decoded-image.ts';
import { type OtherFrames, OtherFramesError, type UnusedBits, UnusedBitsError } from '../image/errors.ts';
import type { ImageResizer } from '../image/resize.ts';
import { NativePackageError } from '../platform/errors.ts';
import type { DecodeAhead, DecodedBatch } from './decode-ahead.ts';
import type { EmbedSettings } from './embed-options.ts';
import { EmbeddingRows, type Place } from './embedding-rows.ts';
import { ImageInputError } from './errors.ts';
import type { ImageTower } from './image-tower.ts';
import { InFlight } from './in-flight.ts';
import type { Submitted } from './tower.ts';

interface ImageSetup {
  readonly tower: ImageTower;
  readonly resizer: ImageResizer;
  readonly config: ModelConfig;
}

export interface EmbeddedImages {
  readonly embeddings: Embeddings;
  readonly tokens: TokenStates;
  readonly skipped: readonly SkippedInput[];
}

/**
 * Resizes and embeds all images in batches, in order, one submit a batch. While the GPU works on a batch the next is
 * decoded, and submitted before the results of the first are waited for.
 * @param total images that `decoding` was given
 * @throws {ImageInputError} for the first image that cannot be read, unless errors are skipped
 * @throws {NonFiniteOutputError} for the first of a batch whose output is not finite, unless errors are skipped
 */
export async function embedImages(
  decoding: DecodeAhead,
  total: number,
  settings: EmbedSettings,
  { tower, resizer, config }: ImageSetup,
): Promise<EmbeddedImages> {
  const skipped: SkippedInput[] = [];
  const { embedDim, image } = config;
  const sizes = { capacity: total, dim: embedDim, width: image.width };
  const rows = new EmbeddingRows('image', sizes, settings.skipErrors);
  const inFlight = new InFlight(settings.signal);
  const dark: UnusedBits[] = [];
  const others: OtherFrames[] = [];
  let row = 0;
  let done = 0;
  for (let batch = await decoding.batch(); batch; batch = await decoding.batch()) {
    throwIfAborted(settings.signal);
    keepFailures(batch, skipped, settings);
    dark.push(...batch.images.flatMap(({ id, image }) => darkened(id, image)));
    others.push(...batch.images.flatMap(({ id, image: { frames } }) => (frames ? [{ id, frames }] : [])));
    const submitted = await submit(batch, settings, tower, resizer);
    const tokens = tower.tokensPerImage;
    const places = batch.images.map(({ index, id }, i) => ({ row: row + i, index, id, tokens }));
    row += places.length;
    const inputs = batch.images.length + batch.failed.length;
    await inFlight.add(async () => {
      await collect(submitted, places, rows);
      done += inputs;
      settings.onProgress?.({ kind: 'image', done, total });
    });
  }
  await inFlight.finish();
  if (dark.length > 0) settings.onWarning(new UnusedBitsError(dark));
  if (others.length > 0) settings.onWarning(new OtherFramesError(others));
  return {
    embeddings: rows.embeddings(),
    tokens: rows.tokens(),
    skipped: [...skipped, ...rows.skipped].sort((a, b) => a.index - b.index),
  };
}

function darkened(id: string, { unusedBits = 0 }: DecodedImage): UnusedBits[] {
  return unusedBits >= 2 && unusedBits < 16 ? [{ id, unused: unusedBits }] : []; // an all-black image is black with any window
}

function keepFailures({ failed }: DecodedBatch, skipped: SkippedInput[], { skipErrors }: EmbedSettings) {
  const [first] = failed;
  if (first?.error instanceof NativePackageError) throw first.error; // no image's fault: all would be left out
  if (first && !skipErrors) throw new ImageInputError(first.index, first.id, first.error);
  skipped.push(...failed);
}

/** Undefined if no image of the batch could be read. */
async function submit(
  { images }: DecodedBatch,
  settings: EmbedSettings,
  tower: ImageTower,
  resizer: ImageResizer,
): Promise<Submitted | undefined> {
  if (images.length === 0) return undefined;
  return tower.submit(images.length, settings, (pixels) =>
    resizer.prologue(
      images.map(({ image }) => image),
      pixels,
    ),
  );
}

async function collect(submitted: Submitted | undefined, places: readonly Place[], rows: EmbeddingRows) {
  if (submitted) rows.add(places, await submitted.output);
}
