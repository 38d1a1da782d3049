/** The library. `#platform` is Node's or a browser's, by the conditions of package.json's `imports`. */
import { clearCache as clear, platform } from '#platform';
import type { CheckpointSource, LoadOptions, BiomedClip as Model } from './api.ts';
import { openPairSet, type PairOptions, type PairSet, type PairSource } from './archives/open-pairs.ts';
import { nameOf } from './image/source.ts';
import { loadBiomedClip } from './model/load.ts';
import { blobSource } from './platform/blob-source.ts';
import type { Slide } from './slides/slide.ts';

export type * from './api.ts';
export * from './metrics-api.ts';
export * from './public.ts';

/** A BiomedCLIP on the GPU. */
export interface BiomedClip extends Model {}

export const BiomedClip = {
  /**
   * Loads a checkpoint directory: a download of microsoft/BiomedCLIP-PubMedBERT_256-vit_base_patch16_224 as it is, or
   * another CLIP in open_clip's layout; or a model of the Hugging Face hub by its name. What is downloaded by name, or in a
   * browser, is kept, so that the next load goes on where this one ended and works without the network.
   * @param source where the directory lies, or the name; the small model that the package carries, which is no medical
   * model, if left out
   * @param options the adapter, how weights are stored, a closing, progress, warnings, a signal
   * @throws {BiomedClipError} a typed error that names the file, tensor or option, or what adapter to install
   */
  load: (source?: CheckpointSource, options?: LoadOptions): Promise<BiomedClip> =>
    loadBiomedClip(platform, source, options),
};

/** The same by a neutral name: it loads any CLIP of the towers that `info.towers` can name. */
export { BiomedClip as ClipModel };

/**
 * Opens a whole slide, to embed squares of it: SVS (Aperio), OME-TIFF and other TIFFs in tiles, BigTIFF too, with 8-bit colours in JPEG,
 * JPEG 2000, LZW, deflate or without compression. Nothing but its directories is read until a square is asked for.
 * @param source a path (Node), a URL that takes Range requests, or a file
 * @throws {UnsupportedSlideError} naming the format: NDPI, MRXS, CZI and others @throws {UnreadableSlideError}
 * @throws {FileReadError} @throws {InvalidOptionError} for any other source
 */
export async function openSlide(source: string | URL | Blob): Promise<Slide> {
  const { openTiffSlide } = await import('./slides/open-slide.ts'); // loaded only by those who have slides
  const file = source instanceof Blob ? blobSource(nameOf(source), source) : await platform.openFile(source);
  return openTiffSlide(file, (bytes) => platform.decodeImage(bytes));
}

/**
 * Removes what loads have kept: the kernel choices measured on this machine, and in a browser the weights.
 * @throws {CacheNotClearedError}
 */
export function clearCache(): Promise<void> {
  return clear();
}

/**
 * Opens a set of images and captions that belong together: Parquet as Hugging Face data sets are stored, a tar as WebDataset
 * has it (`.tar`, `.tar.gz`), or a table of captions (CSV, TSV, JSON, JSON lines) that names its images. Images in an archive
 * are read as they are embedded, so a set may be larger than memory.
 * @param source a path (Node), a URL of a server that answers Range requests, a Blob or bytes; several of them, or
 * `shard-{000..009}.tar`, are one set
 * @param options names of columns, the encoding of text
 * @throws {BiomedClipError} a typed error that names the file, the row or member, and what is wrong
 */
export function openPairs(
  source: PairSource | readonly PairSource[],
  options?: PairOptions,
): Promise<PairSet> {
  return openPairSet(platform, source, options);
}
