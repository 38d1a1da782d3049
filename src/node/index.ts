/** The library in Node. */
import type { LoadOptions, BiomedClip as Model } from '../api.ts';
import { loadBiomedClip } from '../model/load.ts';
import { nodePlatform } from './platform.ts';

export type * from '../api.ts';
export * from '../metrics-api.ts';
export * from '../public.ts';

/** A BiomedCLIP on the GPU. */
export interface BiomedClip extends Model {}

export const BiomedClip = {
  /**
   * Loads a checkpoint directory, by path or URL: a download of microsoft/BiomedCLIP-PubMedBERT_256-vit_base_patch16_224
   * as it is, or another CLIP in open_clip's layout. Without one it is the small model that the package carries, which is
   * no medical model.
   * @throws {BiomedClipError} a typed error that names the file, tensor or option, or what adapter to install
   */
  load: (source?: string | URL, options?: LoadOptions): Promise<Model> =>
    loadBiomedClip(nodePlatform, source, options),
};

/** The same by a neutral name: it loads any CLIP of the towers that `info.towers` can name. */
export { BiomedClip as ClipModel };
