import type { ModelInfo, Space } from './types.ts';

/** Where the embeddings of a model lie. */
export function spaceOf({ name, fingerprint, embedDim: dim, logitScale }: ModelInfo): Space {
  return { name, fingerprint, dim, logitScale };
}
