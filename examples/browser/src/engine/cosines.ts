import { similarityMatrix } from 'biomedclip-webgpu';
import { selectPairs, stacked } from './rows.ts';
import type { PairVectors } from './types.ts';

/** Of the given pairs: their images, then their texts, `[2s, 2s]`. */
export async function cosinesOf(vectors: PairVectors, pairs: readonly number[]): Promise<Float32Array> {
  return (await similarityMatrix(stacked(selectPairs(vectors, pairs)))).data;
}
