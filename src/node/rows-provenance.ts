import type { ModelInfo } from '../api.ts';
import type { Manifest } from './manifest.ts';
import { listDigest, type Provenance, provenanceOf, type Run } from './provenance.ts';

/** The provenance of embeddings that a model has made. */
export function rowsProvenance(
  run: Run,
  model: ModelInfo,
  rows: Pick<Manifest, 'images' | 'texts'>,
): Provenance {
  return provenanceOf(run, { gpu: gpuOf(model), model, inputs: inputsOf(rows) });
}

/** The digests of the images' digests and of the captions, in the order of the rows. */
export function inputsOf({ images, texts }: Pick<Manifest, 'images' | 'texts'>): Record<string, string> {
  return {
    images: listDigest(images.map(({ sha256 }) => sha256 ?? '')),
    captions: listDigest(texts.map(({ caption }) => caption)),
  };
}

/** What computed a model's embeddings. */
export function gpuOf({ device, adapter }: ModelInfo) {
  return { device, description: adapter };
}
