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
import { centroidStatistics } from './centroids.ts';
import { type Pairs, readPairs } from './pairing.ts';
import type { GapOptions, GapReport } from './report.ts';
import { cosinePass, ModalityRows, rowStatistics } from './rows.ts';
import { separability } from './separability.ts';
import { spectrum } from './spectrum.ts';

/**
 * Measures the modality gap of n pairs of an image `[D]` and a text `[D]`, all scaled to length 1: with the same id, or
 * if no ids correspond, in the same row. Pairs of one id, such as an image with several captions, are one item of
 * retrieval: finding any of its rows is a hit. Products of all rows run on the GPU in f32, the rest on the host in
 * double precision. The same seed gives the same numbers on the same adapter.
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
  const settings = readGapOptions(options);
  const { pairBy, signal, onProgress } = options;
  throwIfAborted(signal);
  const pairs = readPairs(images, texts, pairBy);
  expectGapFits(gpu, pairs, settings, host);
  const counts = drawnOnHost(pairs, settings, host, () =>
    bootstrapCounts(settings.seed, settings.resamples, pairs.n),
  );
  return gapOfPairs(gpu, pairs, counts, { ...settings, signal, onProgress, host });
}

interface PairsOptions extends GapSettings, Pick<GapOptions, 'signal' | 'onProgress'> {
  readonly host: Host;
}

/** As `modalityGap`, of pairs that are read, and of given resamples. @param counts `[resamples, n]` */
export async function gapOfPairs(
  gpu: Gpu,
  pairs: Pairs,
  counts: Float32Array,
  { host, signal, onProgress, ...settings }: PairsOptions,
): Promise<GapReport> {
  const { resamples, permutations, seed, logitScale } = settings;
  const rows = drawnOnHost(pairs, settings, host, () => rowsOf(pairs, counts, settings));
  await cosinePass(gpu, pairs, rows, {
    signal,
    onProgress: (done, total) => onProgress?.({ stage: 'cosines', done, total }),
  });
  return {
    pairs: pairs.n,
    pairedBy: pairs.pairedBy,
    items: pairs.itemCount,
    dim: pairs.dim,
    seed,
    resamples,
    permutations,
    ...(await centroidStatistics(gpu, pairs, counts, rows[0].permuted.meanCosine, signal)),
    ...rowStatistics(rows, counts, logitScale !== undefined),
    ...separability(pairs, counts),
    ...(await spectrum(pairs, counts, {
      permutations,
      seed,
      signal,
      onProgress: (done, total) => onProgress?.({ stage: 'spectrum', done, total }),
    })),
  };
}

export type GapSettings = ReturnType<typeof readGapOptions>;

/** @throws {InvalidOptionError} */
export function readGapOptions(options: Omit<GapOptions, 'onProgress'>) {
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

/**
 * Refuses pairs that do not fit in memory, before the first step.
 * @param advice what to do, for callers with other options
 * @throws {DeviceLimitError} if a resample's n counts exceed the longest row of a tile
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
type GapDraws = Pick<GapSettings, 'resamples' | 'permutations'>;

/** Bytes of the counts, the pairings and their histograms in both directions, and all rows in f32 twice. */
function bytesOf({ n, dim }: GapSize, { resamples, permutations }: GapDraws): number {
  return 4 * n * (resamples + 4 * permutations + 4 * dim);
}

function refusalOf(size: GapSize, draws: GapDraws, advice = FEWER_DRAWS): Refusal {
  const what = `modalityGap: ${size.n.toLocaleString('en')} pairs`;
  return (available, cause) => new HostMemoryError(what, bytesOf(size, draws), available, advice, cause);
}

/** What `make` allocates of a measurement. @throws {HostMemoryError} */
function drawnOnHost<T>(pairs: Pairs, settings: GapSettings, host: Host, make: () => T): T {
  return allocateOnHost(host, bytesOf(pairs, settings), make, refusalOf(pairs, settings));
}

/** Draws the random pairings, and allocates the results per row of both modalities. */
function rowsOf(pairs: Pairs, counts: Float32Array, { permutations, seed, logitScale }: GapSettings) {
  const { n } = pairs;
  const pairing = pairings(seed, permutations, n);
  return [
    new ModalityRows(pairs, true, { counts, pairing, logitScale }),
    new ModalityRows(pairs, false, { counts, pairing: inversePairings(pairing, n), logitScale }),
  ] as const;
}
