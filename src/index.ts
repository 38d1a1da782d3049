/** The library in a browser. */
import type { LoadOptions, BiomedClip as Model } from './api.ts';
import type { CheckpointSource } from './browser/open-directory.ts';
import { browserPlatform } from './browser/platform.ts';
import { loadBiomedClip } from './load.ts';
import { metricsOn } from './metrics-api.ts';

export type * from './api.ts';
export type { CheckpointSource } from './browser/open-directory.ts';
export * from './public.ts';

/** A BiomedCLIP on the GPU. */
export type BiomedClip = Model;

export const BiomedClip = {
  /**
   * Loads a checkpoint directory: a download of microsoft/BiomedCLIP-PubMedBERT_256-vit_base_patch16_224 as it is, or a
   * model of the same layout; by URL from a server that answers Range requests, or from files on disk.
   * @throws {BiomedClipError} a typed error that names the file, tensor or option
   */
  load: (source: CheckpointSource, options?: LoadOptions): Promise<Model> =>
    loadBiomedClip(browserPlatform, source, options),
};

export const { similarityMatrix, modalityGap, tsne, tsneTransform, releaseGpu } = metricsOn(browserPlatform);
