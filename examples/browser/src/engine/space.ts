import type { ModelInfo, Space } from './types.ts';

/** What manifests call the model of the package. */
export const EMBEDDED = 'embedded';

/** Where the embeddings of a model lie. */
export function spaceOf({ name, fingerprint, embedDim: dim, logitScale }: ModelInfo): Space {
  return { name, fingerprint, dim, logitScale };
}
