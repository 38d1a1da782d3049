import { tsne } from 'biomedclip-webgpu';
import { stacked } from '../engine/rows.ts';
import { methodFor, usualPerplexity } from '../engine/tsne-settings.ts';
import type { PairVectors } from '../engine/types.ts';

/** Iterations between pictures. */
const SNAPSHOT_EVERY = 10;

interface PlacesOptions {
  /** Default: as the page takes it, a fifth of the other points, at most 30. */
  readonly perplexity: number | undefined;
  /** Called with places on the way, `[2n, 2]`; the descent waits for it. */
  readonly onPlaces: (places: Float32Array) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Places of images and then texts by t-SNE, `[2n, 2]`. @throws what `tsne` throws */
export async function placesOf(
  vectors: PairVectors,
  { perplexity, onPlaces, signal }: PlacesOptions,
): Promise<Float32Array> {
  const points = stacked(vectors);
  const { embedding } = await tsne(points, {
    perplexity: perplexity ?? usualPerplexity(points.rows),
    method: methodFor(points.rows),
    snapshotEvery: SNAPSHOT_EVERY,
    onSnapshot: ({ embedding: places }) => onPlaces(places.slice()),
    signal,
  });
  return embedding;
}
