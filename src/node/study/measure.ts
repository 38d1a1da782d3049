import type { Gpu } from '../../device/gpu.ts';
import type { Embeddings } from '../../embeddings.ts';
import { expectGapFits, modalityGap } from '../../metrics/gap/modality-gap.ts';
import type { GapProgress, GapReport } from '../../metrics/gap/report.ts';
import { shiftModalities } from '../../metrics/gap/shift.ts';
import { kMeans } from '../../metrics/quality/k-means.ts';
import { similarityMatrix } from '../../metrics/similarity/similarity.ts';
import { expectMapFits } from '../../metrics/tsne/memory.ts';
import { type TsneSettings, tsneSettings } from '../../metrics/tsne/options.ts';
import { type TsneMethod, type TsneResult, tsne } from '../../metrics/tsne/tsne.ts';
import { selectRows, stackRows, type Vectors } from '../../metrics/vectors.ts';
import { type MapNeighbours, nearestInMap } from '../../plots/nearest-in-map.ts';
import { evenSample } from '../../plots/sample.ts';
import { nodeHost } from '../host.ts';
import type { StudyClosing } from './closing.ts';
import { type MatchDistances, matchDistances } from './distances.ts';
import type { EmbeddingSet } from './embedding-set.ts';
import { classesOf, shortCaptions } from './pairs.ts';

export interface MeasureOptions {
  /** Default: 30, and less where there are fewer than 151 points. */
  readonly perplexity?: number;
  readonly maxIter?: number;
  readonly seed?: number;
  /** What `modalityGap` gives of the pairs, where it is known. */
  readonly gap?: GapReport;
  readonly signal: AbortSignal;
  readonly onProgress: (stage: string, done: number, total: number) => void;
}

/** Everything that a study measures. n pairs. */
export interface Measures {
  readonly imageToText: MatchDistances;
  readonly textToImage: MatchDistances;
  readonly gap: GapReport;
  /** The same once both centroids lie on each other, without intervals. */
  readonly aligned: GapReport;
  /** The pairs in the matrices: all, or an even sample. */
  readonly sample: readonly number[];
  /** Of each pair in the sample its label, or its cluster where not all have labels; undefined for few pairs. */
  readonly groups?: readonly string[];
  /** `[2s, 2s]`: of the sample's images, then its texts. */
  readonly cosines: Float32Array;
  /** `[2s, 2s]`, Euclidean. */
  readonly distances: Float32Array;
  readonly tsne: TsneResult & { readonly perplexity: number; readonly method: 'exact' | 'barnes_hut' };
  readonly map: MapNeighbours;
  /** Where a closing was asked for. */
  readonly closing?: StudyClosing;
}

/** The most pairs in the matrices that are drawn and written. */
export const MATRIX_PAIRS = 500;
/** Up to this many points t-SNE runs exactly. */
const EXACT_POINTS = 1_000;
/** Draws for the gap's intervals and baselines. */
export const DRAWS = { resamples: 1000, permutations: 1000 } as const;

export async function measure(gpu: Gpu, set: EmbeddingSet, options: MeasureOptions): Promise<Measures> {
  const { images, texts } = set;
  const { signal, onProgress } = options;
  expectMeasurable(gpu, images, options);
  const ranked = (from: Embeddings, to: Embeddings, stage: string) =>
    matchDistances(gpu, from, to, { signal, onProgress: (done, total) => onProgress(stage, done, total) });
  const imageToText = await ranked(images, texts, 'distances of images');
  const textToImage = await ranked(texts, images, 'distances of texts');
  const { logitScale } = set.manifest;
  const settings = { ...DRAWS, logitScale, signal, seed: options.seed };
  const onGap = ({ stage, done, total }: GapProgress) => onProgress(`gap: ${stage}`, done, total);
  const gap =
    options.gap ?? (await modalityGap(gpu, images, texts, { ...settings, onProgress: onGap }, nodeHost));
  const moved = shiftModalities(images, texts, 1, { renormalize: false }); // modalityGap scales rows itself
  const bare = { logitScale, signal, resamples: 0, permutations: 0 };
  const aligned = await modalityGap(gpu, moved.images, moved.texts, bare);
  const sample = evenSample(images.rows, MATRIX_PAIRS);
  const sampled = stackRows([selectRows(images, sample), selectRows(texts, sample)]);
  const matrix = async (metric: 'cosine' | 'euclidean') =>
    (await similarityMatrix(gpu, sampled, undefined, { metric, signal })).data;
  const tsne = await mapOf(gpu, stackRows([images, texts]), options);
  return {
    imageToText,
    textToImage,
    gap,
    aligned,
    sample,
    groups: await groupsOf(gpu, set, sample, options),
    cosines: await matrix('cosine'),
    distances: await matrix('euclidean'),
    tsne,
    map: nearestInMap(tsne.embedding, images.rows, classesOf(set.pairs)),
  };
}

/** From so many pairs on, the heatmap has no names of rows, and groups order it. */
const GROUPED_FROM = 12;
const CLUSTERS = 8;

/**
 * Labels, or else clusters by k-means of each pair's image and text side by side, named by the caption of the pair
 * that is nearest to the cluster's mean.
 */
async function groupsOf(
  gpu: Gpu,
  { pairs, images, texts }: EmbeddingSet,
  sample: readonly number[],
  { seed = 0, signal }: MeasureOptions,
): Promise<readonly string[] | undefined> {
  if (sample.length < GROUPED_FROM) return undefined;
  const labels = classesOf(pairs);
  if (labels) return sample.map((i) => labels[i] ?? '');
  const rows = sideBySide(selectRows(images, sample), selectRows(texts, sample));
  const k = Math.min(CLUSTERS, Math.floor(sample.length / 4));
  const { clusters, central } = await kMeans(gpu, rows, k, { seed, signal });
  const captions = shortCaptions(pairs.map(({ caption }) => caption));
  return Array.from(clusters, (cluster) => `like: ${captions[sample[central[cluster] ?? 0] ?? 0] ?? ''}`);
}

/** `[n, 2 dim]`: an image's row and its text's. */
function sideBySide(images: Vectors, texts: Vectors): Vectors {
  const { rows, dim } = images;
  const data = new Float32Array(2 * rows * dim);
  for (let i = 0; i < rows; i++) {
    data.set(images.data.subarray(i * dim, (i + 1) * dim), 2 * i * dim);
    data.set(texts.data.subarray(i * dim, (i + 1) * dim), (2 * i + 1) * dim);
  }
  return { data, rows, dim: 2 * dim };
}

export async function mapOf(
  gpu: Gpu,
  points: Pick<Embeddings, 'data' | 'rows' | 'dim'>,
  { perplexity = defaultPerplexity(points.rows), maxIter, seed, signal, onProgress }: MeasureOptions,
): Promise<Measures['tsne']> {
  const method = methodFor(points.rows);
  const result = await tsne(gpu, points, {
    perplexity,
    maxIter,
    seed,
    method,
    signal,
    onProgress: ({ stage, done, total }) => onProgress(`t-SNE: ${stage}`, done, total),
  });
  return { ...result, perplexity, method };
}

/** @throws {PerplexityError} @throws {InvalidOptionError} */
export function checkMapOptions(
  points: number,
  {
    perplexity = defaultPerplexity(points),
    maxIter,
    seed,
  }: Pick<MeasureOptions, 'perplexity' | 'maxIter' | 'seed'>,
): TsneSettings {
  return tsneSettings(points, { perplexity, maxIter, seed, method: methodFor(points) });
}

/**
 * Refuses pairs that one of the measures has no memory for.
 * @throws {DeviceLimitError} @throws {HostMemoryError} @throws {PerplexityError} @throws {InvalidOptionError}
 */
export function expectMeasurable(
  gpu: Gpu,
  { rows: pairs, dim }: Pick<Embeddings, 'rows' | 'dim'>,
  options: Pick<MeasureOptions, 'perplexity' | 'maxIter' | 'seed'>,
): void {
  expectMapFits(gpu, { rows: 2 * pairs, dim }, checkMapOptions(2 * pairs, options));
  expectGapFits(gpu, { n: pairs, dim }, DRAWS, nodeHost, 'study fewer pairs, with --first');
}

function methodFor(points: number): TsneMethod {
  return points <= EXACT_POINTS ? 'exact' : 'barnes_hut';
}

/** A fifth of the other points, at most scikit-learn's default: 3 for nine pairs. */
export function defaultPerplexity(points: number): number {
  return Math.min(30, Math.max(1, Math.floor((points - 1) / 5)));
}
