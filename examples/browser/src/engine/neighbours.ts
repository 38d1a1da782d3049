import { similarityMatrix } from 'biomedclip-webgpu';
import type { Neighbour, Neighbours, PairVectors, Vectors } from './types.ts';

/**
 * The k nearest of each modality to a query `[1, D]`, by cosine.
 * @param except a point to leave out: the query itself
 */
export async function nearestOf(
  { images, texts }: PairVectors,
  query: Vectors,
  k: number,
  except?: number,
): Promise<Neighbours> {
  const among = async (vectors: Vectors, first: number): Promise<Neighbour[]> => {
    const topK = Math.min(vectors.rows, k + (except === undefined ? 0 : 1));
    const { indices, values } = await similarityMatrix(query, vectors, { topK });
    return Array.from(indices, (index, i) => ({ point: first + index, cosine: values[i] ?? Number.NaN }))
      .filter(({ point }) => point !== except)
      .slice(0, k);
  };
  return { images: await among(images, 0), texts: await among(texts, images.rows) };
}
