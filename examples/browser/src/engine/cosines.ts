import { similarityMatrix } from 'biomedclip-webgpu';
import { selectRows, stacked } from './rows.ts';
import type { PairVectors } from './types.ts';

/** Of the given pairs: their images, then their texts, `[2s, 2s]`. */
export async function cosinesOf(
  { images, texts }: PairVectors,
  pairs: readonly number[],
): Promise<Float32Array> {
  const chosen = { images: selectRows(images, pairs), texts: selectRows(texts, pairs) };
  return (await similarityMatrix(stacked(chosen))).data;
}
