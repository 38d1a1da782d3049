import type { Gpu } from '../../device/gpu.ts';
import { InvalidOptionError, throwIfAborted } from '../../errors.ts';
import { allocateOnHost, type Host, HostMemoryError, type Refusal } from '../../platform/host-memory.ts';
import { withBaseline } from '../gap/estimate.ts';
import { distributionGapDraws } from '../gap/spectrum.ts';
import { transpose } from '../linear-algebra.ts';
import { sampleOf } from '../random.ts';
import { similarityMatrix } from '../similarity/similarity.ts';
import { expectRowsFit, tileLimits } from '../similarity/tiles.ts';
import { clusterAgreement } from './clusters.ts';
import { type Judged, type JudgedRows, readJudgedRows } from './judged-rows.ts';
import { mixedSearch } from './mixed-search.ts';
import { type Rankings, rankAll } from './rankings.ts';
import type { QualityEstimate, QualityOptions, QualityRecall, QualityReport } from './report.ts';
import { Resamples, withCentredReplicates, withReplicates } from './resampling.ts';
import { zeroShot } from './zero-shot.ts';

/**
 * Judges a joint embedding of n pairs of an image `[D]` and a text `[D]`, all scaled to length 1: the modality gap that
 * it has, and what search, classification and clustering make of it. Products of all rows run on the GPU in f32, the
 * rest on the host. Intervals are of resamples of whole items (or groups) as queries; what is searched stays, and so do
 * the clusters. The same seed gives the same numbers on the same adapter, and the same resamples of other embeddings of
 * these pairs, so that `compareQuality` can pair them.
 * @throws {EntryCountError} naming the field that does not fit the images
 * @throws {LabelWithoutPromptError} @throws {HostMemoryError} @throws {DeviceLimitError} before the first step
 * @throws {ShapeError} @throws {NonFiniteVectorError} @throws {ZeroVectorError}
 * @throws {InvalidOptionError} @throws {AbortedError}
 */
export async function embeddingQuality(
  gpu: Gpu,
  rows: JudgedRows,
  options: QualityOptions = {},
  host: Host = {},
): Promise<QualityReport> {
  const settings = readOptions(options);
  const { seed, resamples, noise, signal } = settings;
  throwIfAborted(signal);
  const judged = readJudgedRows(rows);
  const draws = drawResamples(gpu, judged, settings, host);
  const sample = sampleOf(seed, settings.sample, judged.n);
  const onRows = (done: number, total: number) => options.onProgress?.({ stage: 'cosines', done, total });
  const rankings = await rankAll(gpu, judged, { sample, signal, onProgress: onRows });
  return {
    pairs: judged.n,
    items: judged.itemCount,
    drawn: { units: rows.groups ? 'groups' : 'items', count: judged.unitCount },
    classes: judged.labels && new Set(judged.labels).size,
    sampled: sample.length,
    dim: judged.dim,
    seed,
    resamples,
    noise,
    key: judged.key,
    ...ranked(judged, rankings, draws, sample),
    centroidDistance: await centroidDistance(gpu, judged, draws, signal),
    clusters: await clusterAgreement(gpu, judged, draws, sample, settings),
    mixedSearch: await searched(gpu, judged, draws, signal),
    zeroShot: await classified(gpu, judged, draws, settings),
    distributionGap: await distributionGap(judged, draws, settings),
  };
}

type Settings = ReturnType<typeof readOptions>;

function readOptions(options: QualityOptions) {
  const {
    seed = 0,
    resamples = 1000,
    shapeResamples = resamples,
    swaps = 100,
    sample = 2000,
    noise = 0.5,
    signal,
    onProgress,
  } = options;
  for (const [name, value] of Object.entries({ resamples, shapeResamples, swaps })) {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new InvalidOptionError(name, 'an integer of at least 0', value);
    }
  }
  if (!Number.isSafeInteger(sample) || sample < 1) {
    throw new InvalidOptionError('sample', 'an integer of at least 1', sample);
  }
  if (!Number.isSafeInteger(seed)) throw new InvalidOptionError('seed', 'an integer', seed);
  if (!(Number.isFinite(noise) && noise > 0))
    throw new InvalidOptionError('noise', 'a positive number', noise);
  return { seed, resamples, shapeResamples, swaps, sample, noise, signal, onProgress };
}

/** @throws {HostMemoryError} @throws {DeviceLimitError} */
function drawResamples(gpu: Gpu, judged: Judged, { seed, resamples }: Settings, host: Host): Resamples {
  const { n, dim, units, unitCount } = judged;
  const advice = 'judge a sample of the pairs, or ask for fewer resamples, or none';
  if (resamples > 0) expectRowsFit('embeddingQuality (pairs)', n, tileLimits(gpu), advice);
  const bytes = 4 * n * (2 * resamples + 8 * dim); // counts of pairs and units, and all rows in f64 and f32
  const what = `embeddingQuality: ${n.toLocaleString('en')} pairs`;
  const refusal: Refusal = (available, cause) => new HostMemoryError(what, bytes, available, advice, cause);
  return allocateOnHost(host, bytes, () => new Resamples(seed, resamples, units, unitCount), refusal);
}

/** The measures that are means over queries. */
function ranked(
  { labels, logitScale }: Judged,
  { images, texts }: Rankings,
  draws: Resamples,
  sample: Uint32Array,
) {
  const both = (name: 'mixedNdcg' | 'purity' | 'averagePrecision') =>
    Float64Array.from(images[name], (value, i) => (value + (texts[name][i] ?? 0)) / 2);
  const precision = both('averagePrecision');
  return {
    retrieval: { imageToText: recall(images.ranks, draws), textToImage: recall(texts.ranks, draws) },
    mixedNdcgAt10: draws.mean(both('mixedNdcg')),
    modalityPurity: draws.mean(both('purity')),
    meanAveragePrecision:
      labels &&
      draws.mean(
        Float64Array.from(sample, (pair) => precision[pair] ?? 0),
        sample,
      ),
    logitEntropy:
      logitScale === undefined
        ? undefined
        : { imageToText: draws.mean(images.entropy), textToImage: draws.mean(texts.entropy) },
  };
}

function recall(ranks: Float64Array, draws: Resamples): QualityRecall {
  const at = (k: number) => draws.mean(ranks.map((rank) => Number(rank <= k)));
  return { recallAt1: at(1), recallAt5: at(5), recallAt10: at(10) };
}

/** || mean(images) - mean(texts) || (Liang et al. 2022); the resamples' sums of differences are a product on the GPU. */
async function centroidDistance(
  gpu: Gpu,
  { images, texts, n, dim }: Judged,
  draws: Resamples,
  signal?: AbortSignal,
): Promise<QualityEstimate> {
  const differences = images.map((value, at) => value - (texts[at] ?? 0));
  const sums = new Float64Array(dim);
  for (const [at, value] of differences.entries()) sums[at % dim] = (sums[at % dim] ?? 0) + value;
  const value = Math.hypot(...sums) / n;
  if (draws.count === 0) return withReplicates(value, new Float64Array());
  const columns = { data: transpose(Float32Array.from(differences), n, dim), rows: dim, dim: n };
  const counts = { data: draws.counts, rows: draws.count, dim: n };
  const { data } = await similarityMatrix(gpu, counts, columns, { metric: 'dot', signal });
  const lengths = Float64Array.from({ length: draws.count }, (_, r) =>
    Math.hypot(...data.subarray(r * dim, (r + 1) * dim)),
  );
  const totals = draws.each((weights) => weights.reduce((a, b) => a + b, 0));
  const replicates = lengths.map((length, r) => length / (totals[r] ?? 0));
  // a length grows in every resample where it is small: its replicates are centred for differences alone
  return {
    ...withReplicates(value, replicates),
    replicates: withCentredReplicates(value, replicates).replicates,
  };
}

async function searched(
  gpu: Gpu,
  judged: Judged,
  draws: Resamples,
  signal?: AbortSignal,
): Promise<QualityReport['mixedSearch']> {
  if (!judged.queries) return undefined;
  const { ndcg, imageShare } = await mixedSearch(gpu, judged, judged.queries, signal);
  return { ndcgAt10: draws.mean(ndcg), imagesInTop10: draws.mean(imageShare) };
}

async function classified(
  gpu: Gpu,
  judged: Judged,
  draws: Resamples,
  settings: Settings,
): Promise<QualityReport['zeroShot']> {
  const answers = await zeroShot(gpu, judged, settings);
  return answers && { accuracy: draws.mean(answers.right), flips: draws.mean(answers.flipped) };
}

/** Eigenvalues are dear: many dimensions get fewer resamples than requested, but at least 20. */
async function distributionGap(
  judged: Judged,
  draws: Resamples,
  { seed, shapeResamples, swaps, signal, onProgress }: Settings,
): Promise<QualityReport['distributionGap']> {
  const counts = draws.counts.subarray(0, shapeResamples * judged.n);
  const { value, replicates, swapped } = await distributionGapDraws(judged, counts, {
    permutations: swaps,
    seed,
    signal,
    onProgress: (done, total) => onProgress?.({ stage: 'spectrum', done, total }),
  });
  const centred = withCentredReplicates(value, replicates);
  return { ...withBaseline(centred, swapped, 'larger'), replicates: centred.replicates };
}
