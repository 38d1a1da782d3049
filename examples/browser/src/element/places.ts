import { tsne } from 'biomedclip-webgpu';
import { stacked } from '../engine/rows.ts';
import type { PairVectors } from '../engine/types.ts';

/** Up to so many points, all pairs of them are cheap. */
const EXACT_POINTS = 1_000;
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
  const usual = Math.min(30, Math.max(1, Math.floor((points.rows - 1) / 5)));
  const { embedding } = await tsne(points, {
    perplexity: perplexity ?? usual,
    method: points.rows <= EXACT_POINTS ? 'exact' : 'barnes_hut',
    snapshotEvery: SNAPSHOT_EVERY,
    onSnapshot: ({ embedding: places }) => onPlaces(places.slice()),
    signal,
  });
  return embedding;
}
