import { similarityMatrix } from 'biomedclip-webgpu';
import { isSame, type Modality, type Point } from '../session/points.ts';
import type { Neighbour, Neighbours, PairVectors, Vectors } from './types.ts';

/**
 * The k nearest of each modality to a query `[1, D]`, by cosine.
 * @param except a point to leave out: the query itself
 */
export async function nearestOf(
  { images, texts }: PairVectors,
  query: Vectors,
  k: number,
  except?: Point,
): Promise<Neighbours> {
  const among = async (vectors: Vectors, modality: Modality): Promise<Neighbour[]> => {
    const topK = Math.min(vectors.rows, k + (except === undefined ? 0 : 1));
    const { indices, values } = await similarityMatrix(query, vectors, { topK });
    return Array.from(indices, (pair, i) => ({ point: { modality, pair }, cosine: values[i] ?? Number.NaN }))
      .filter(({ point }) => !isSame(point, except))
      .slice(0, k);
  };
  return { images: await among(images, 'image'), texts: await among(texts, 'text') };
}
