import type { Gpu } from '../../device/gpu.ts';
import { InvalidOptionError, throwIfAborted } from '../../errors.ts';
import {
  allocateOnHost,
  expectHostMemory,
  type Host,
  HostMemoryError,
  type Refusal,
} from '../../platform/host-memory.ts';
import { bootstrapCounts, inversePairings, pairings } from '../random.ts';
import { expectRowsFit, tileLimits } from '../similarity/tiles.ts';
import type { Vectors } from '../vectors.ts';
import {
  alignment,
  centroidDistance,
  gapDimensions,
  gapVector,
  type Quadrants,
  quadrantMeans,
  relativeGap,
  resampledSums,
  sumsOf,
} from './centroids.ts';
import { estimate, meanEstimate, withBaseline } from './estimate.ts';
import { type Pairs, readPairs } from './pairing.ts';
import type { GapOptions, GapReport } from './report.ts';
import { ndcgOfRank, retrieval } from './retrieval.ts';
import { cosinePass, ModalityRows } from './rows.ts';
import { separability } from './separability.ts';
import { spectrum } from './spectrum.ts';

/**
 * Measures the modality gap of n pairs of an image `[D]` and a text `[D]`, all scaled to length 1: of the same id, or
 * where there are none that correspond, of the same row. Pairs of one id are one item of retrieval, as an image with
 * several captions is: whichever of its rows is found, it is no miss. Products of all rows
 * run on the GPU in f32, the rest on the host in double precision. The same seed gives the same numbers on the same
 * adapter.
 * @throws {PairIdsError} where the ids of some rows correspond and those of others do not
 * @throws {PairCountError} unless there are as many texts as images, and at least one
 * @throws {HostMemoryError} @throws {DeviceLimitError} for more pairs than fit, before the first step
 * @throws {ShapeError} @throws {NonFiniteVectorError} @throws {ZeroVectorError}
 * @throws {InvalidOptionError} @throws {AbortedError}
 */
export async function modalityGap(
  gpu: Gpu,
  images: Vectors,
  texts: Vectors,
  options: GapOptions = {},
  host: Host = {},
): Promise<GapReport> {
  const settings = readOptions(options);
  const { resamples, permutations, seed, logitScale } = settings;
  const { signal, onProgress } = options;
  throwIfAborted(signal);
  const pairs = readPairs(images, texts, options.pairBy);
  expectGapFits(gpu, pairs, settings, host);
  const { counts, rows } = drawn(pairs, settings, host);
  await cosinePass(gpu, pairs, rows, {
    signal,
    onProgress: (done, total) => onProgress?.({ stage: 'cosines', done, total }),
  });
  return {
    ...{ pairs: pairs.n, pairedBy: pairs.pairedBy, items: pairs.itemCount, dim: pairs.dim },
    ...{ seed, resamples, permutations },
    ...(await ofSums(gpu, pairs, counts, rows[0].permuted.meanCosine, signal)),
    ...ofRows(rows, counts, logitScale !== undefined),
    separability: meanEstimate(separability(pairs), counts),
    ...(await spectrum(pairs, counts, {
      signal,
      onProgress: (done, total) => onProgress?.({ stage: 'spectrum', done, total }),
    })),
  };
}

/**
 * Refuses more pairs than the measures have room for, before the first step.
 * @param advice what to do, where the call has not this one's options
 * @throws {DeviceLimitError} where a resample's counts, n in a row, are more than a tile takes
 * @throws {HostMemoryError}
 */
export function expectGapFits(
  gpu: Gpu,
  size: GapSize,
  draws: GapDraws,
  host: Host,
  advice = FEWER_DRAWS,
): void {
  if (draws.resamples > 0) expectRowsFit('modalityGap (pairs)', size.n, tileLimits(gpu), advice);
  expectHostMemory(host, bytesOf(size, draws), refusalOf(size, draws, advice));
}

const FEWER_DRAWS = 'measure a sample of the pairs, or ask for fewer resamples and permutations, or none';

type GapSize = Pick<Pairs, 'n' | 'dim'>;
type GapDraws = Pick<ReturnType<typeof readOptions>, 'resamples' | 'permutations'>;

/** Of counts, of pairings and their histograms both ways, and of all rows as f32 twice. */
function bytesOf({ n, dim }: GapSize, { resamples, permutations }: GapDraws): number {
  return 4 * n * (resamples + 4 * permutations + 4 * dim);
}

function refusalOf(size: GapSize, draws: GapDraws, advice = FEWER_DRAWS): Refusal {
  const what = `modalityGap: ${size.n.toLocaleString('en')} pairs`;
  return (available, cause) => new HostMemoryError(what, bytesOf(size, draws), available, advice, cause);
}

/** The resamples, the random pairings, and room for what the rows of both modalities give. */
function drawn(pairs: Pairs, settings: ReturnType<typeof readOptions>, host: Host) {
  const { n } = pairs;
  const { resamples, permutations, seed, logitScale } = settings;
  const draw = () => {
    const counts = bootstrapCounts(seed, resamples, n);
    const pairing = pairings(seed, permutations, n);
    const rows = [
      new ModalityRows(pairs, true, { counts, pairing, logitScale }),
      new ModalityRows(pairs, false, { counts, pairing: inversePairings(pairing, n), logitScale }),
    ] as const;
    return { counts, rows };
  };
  return allocateOnHost(host, bytesOf(pairs, settings), draw, refusalOf(pairs, settings));
}

/** The statistics that follow from sums of rows. A random pairing changes of them the matched cosine alone. */
async function ofSums(
  gpu: Gpu,
  pairs: Pairs,
  counts: Float32Array,
  permutedCosines: Float64Array,
  signal: AbortSignal | undefined,
) {
  const sums = sumsOf(pairs);
  const resampled = await resampledSums(gpu, pairs, counts, signal);
  const whole = quadrantMeans(sums);
  const replicates = resampled.map(quadrantMeans);
  const of = (statistic: (quadrants: Quadrants) => number) =>
    estimate(statistic(whole), replicates.map(statistic));
  const permuted = (statistic: (quadrants: Quadrants) => number) =>
    permutedCosines.map((matched) => statistic({ ...whole, matched }));
  const matched = (quadrants: Quadrants) => quadrants.matched;
  const aligned = (quadrants: Quadrants) => alignment(quadrants.matched);
  return {
    gapVector: gapVector(sums),
    centroidDistance: estimate(centroidDistance(sums), resampled.map(centroidDistance)),
    gapDimensions: gapDimensions(sums, resampled),
    meanCosine: {
      imageImage: of((quadrants) => quadrants.imageImage),
      textText: of((quadrants) => quadrants.textText),
      matched: withBaseline(of(matched), permuted(matched), 'larger'),
      mismatched: of((quadrants) => quadrants.mismatched),
    },
    relativeGap: withBaseline(of(relativeGap), permuted(relativeGap), 'smaller'),
    alignment: withBaseline(of(aligned), permuted(aligned), 'smaller'),
  };
}

/** The statistics that are means over rows as queries. */
function ofRows(
  [images, texts]: readonly [ModalityRows, ModalityRows],
  counts: Float32Array,
  hasScale: boolean,
) {
  const both = (a: ArrayLike<number>, b: ArrayLike<number>) =>
    Float64Array.from(a, (value, i) => (value + (b[i] ?? 0)) / 2);
  const ndcg = (rows: ModalityRows) => Float64Array.from(rows.mixedRanks, ndcgOfRank);
  return {
    retrieval: {
      imageToText: retrieval(images.ranks, counts, images.permuted),
      textToImage: retrieval(texts.ranks, counts, texts.permuted),
    },
    mixedNdcgAt10: withBaseline(
      meanEstimate(both(ndcg(images), ndcg(texts)), counts),
      both(images.permuted.ndcg, texts.permuted.ndcg),
      'larger',
    ),
    modalityPurity: meanEstimate(both(images.purity, texts.purity), counts),
    uniformity: { images: images.uniformity.estimate(), texts: texts.uniformity.estimate() },
    logitEntropy: hasScale
      ? {
          imageToText: meanEstimate(images.entropy, counts),
          textToImage: meanEstimate(texts.entropy, counts),
        }
      : undefined,
  };
}

function readOptions(options: GapOptions) {
  const { resamples = 1000, permutations = 1000, seed = 0, logitScale } = options;
  for (const [name, value] of Object.entries({ resamples, permutations })) {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new InvalidOptionError(name, 'an integer of at least 0', value);
    }
  }
  if (!Number.isSafeInteger(seed)) throw new InvalidOptionError('seed', 'an integer', seed);
  if (logitScale !== undefined && !(Number.isFinite(logitScale) && logitScale > 0)) {
    throw new InvalidOptionError('logitScale', 'a positive number', logitScale);
  }
  return { resamples, permutations, seed, logitScale };
}
