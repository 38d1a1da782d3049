/** The library in a browser. */
import type { LoadOptions, BiomedClip as Model } from './api.ts';
import { clearStores } from './browser/cache/store.ts';
import type { CheckpointSource } from './browser/open-directory.ts';
import { browserPlatform } from './browser/platform.ts';
import { clearTuning } from './browser/tuning-cache.ts';
import { loadBiomedClip } from './model/load.ts';

export type * from './api.ts';
export { CacheNotClearedError } from './browser/cache/errors.ts';
export type { CheckpointSource } from './browser/open-directory.ts';
export * from './metrics-api.ts';
export * from './public.ts';

/** A BiomedCLIP on the GPU. */
export interface BiomedClip extends Model {}

export const BiomedClip = {
  /**
   * Loads a checkpoint directory: a download of microsoft/BiomedCLIP-PubMedBERT_256-vit_base_patch16_224 as it is, or
   * another CLIP in open_clip's layout; by URL from a server that answers Range requests, or from files on disk. What is
   * downloaded is kept, so that the next load goes on where this one ended and works without the network. Without a
   * source it is the small model that the package carries, which is no medical model.
   * @throws {BiomedClipError} a typed error that names the file, tensor or option
   */
  load: (source?: CheckpointSource, options?: LoadOptions): Promise<Model> =>
    loadBiomedClip(browserPlatform, source, options),
};

/** The same by a neutral name: it loads any CLIP of the towers that `info.towers` can name. */
export { BiomedClip as ClipModel };

/**
 * Removes everything that loads have kept: weights, and the kernel choices measured on this machine.
 * @throws {CacheNotClearedError}
 */
export async function clearCache(): Promise<void> {
  await clearStores();
  await clearTuning();
}
