import type { Gpu } from '../../device/gpu.ts';
import { InvalidOptionError, throwIfAborted } from '../../errors.ts';
import type { Host } from '../../platform/host-memory.ts';
import { similarityMatrix } from '../similarity/similarity.ts';
import { classificationMetrics } from './classification.ts';
import { SplitError } from './errors.ts';
import { type PartRows, type ProbeRows, readProbeRows, shareRight } from './probe-rows.ts';
import type { ClassificationReport, EvaluationOptions } from './report.ts';

/** How neighbours vote. */
export interface NearestProbeOptions extends EvaluationOptions {
  /**
   * Numbers of neighbours, each at least 1, of which the best on the validation part is taken; one alone needs no such part.
   * Default: 1, 5, 10, 20, 50, 100 and 200, up to the rows that there are. Unit: rows.
   */
  readonly k?: readonly number[];
  /** `weighted`: by exp(cosine / temperature), as DINO does; `majority`: all alike. Default `weighted`. Source: Caron et al. 2021. */
  readonly vote?: 'weighted' | 'majority';
  /** Of the weights, above 0. Default 0.07. Unit: none. Source: Wu et al. 2018, and DINO. */
  readonly temperature?: number;
}

/** A vote of the nearest rows, and how well it does on the test part. */
export interface NearestProbe {
  /** Neighbours that vote. */
  readonly k: number;
  /** The accuracy on the validation part of each k that was tried. */
  readonly tried: readonly { readonly k: number; readonly accuracy: number }[];
  /** Of the test part; a class's probability is its share of the votes. */
  readonly report: ClassificationReport;
  /** Rows that vote: of the training part, and of the validation part once k is chosen. */
  readonly votedBy: number;
}

const USUAL = [1, 5, 10, 20, 50, 100, 200];
/** The share of a class without a vote, whose logarithm is finite. */
const NO_VOTES = 1e-30;

/**
 * k-nearest-neighbours classification of frozen embeddings by their cosine, on the GPU. k is chosen on the validation part; the
 * rows of both parts then vote.
 * @throws {SplitError} without rows to train, to test or, for the choice of k, to validate on
 * @throws {EmptyClassError} @throws {UnknownClassError}
 * @throws {ShapeError} @throws {NonFiniteVectorError} @throws {ZeroVectorError}
 * @throws {InvalidOptionError} @throws {DeviceLimitError} @throws {AbortedError}
 */
export async function nearestProbe(
  gpu: Gpu,
  rows: ProbeRows,
  options: NearestProbeOptions = {},
  host: Host = {},
): Promise<NearestProbe> {
  const { k: wished, vote = 'weighted', temperature = 0.07, signal, ...judging } = options;
  if (vote !== 'weighted' && vote !== 'majority') {
    throw new InvalidOptionError('vote', "'weighted' or 'majority'", vote);
  }
  if (!(Number.isFinite(temperature) && temperature > 0)) {
    throw new InvalidOptionError('temperature', 'a positive number', temperature);
  }
  throwIfAborted(signal);
  const probed = readProbeRows('nearestProbe', rows);
  const train = probed.of('train');
  const counts = countsOf(wished, train.items.length);
  const settings = {
    classes: probed.classes.length,
    temperature: vote === 'weighted' ? temperature : undefined,
  };
  const votes = (voters: PartRows, asked: PartRows, k: readonly number[]) =>
    votesOf(gpu, voters, asked, k, { ...settings, signal, host });
  const several = counts.length > 1;
  const validation = probed.of('validation');
  if (several && validation.items.length === 0) throw new SplitError('validation', 'has no items');
  const tried = several
    ? (await votes(train, validation, counts)).map((shares, i) => ({
        k: counts[i] ?? 1,
        accuracy: shareRight(shares, validation.labels),
      }))
    : [];
  const most = Math.max(...tried.map(({ accuracy }) => accuracy));
  const k = tried.find(({ accuracy }) => accuracy === most)?.k ?? counts[0] ?? 1;
  const voters = several ? probed.of('train', 'validation') : train;
  const test = probed.of('test');
  const [shares = new Float32Array()] = await votes(voters, test, [k]);
  const scored = {
    scores: {
      data: shares.map((share) => Math.log(share || NO_VOTES)),
      rows: test.rows.rows,
      cols: settings.classes,
    },
    classes: probed.classes,
    labels: probed.labelsOf(test),
    groups: probed.groupsOf(test),
  };
  const report = await classificationMetrics(scored, { ...judging, signal }); // the softmax of logarithms is the shares
  return { k, tried, report, votedBy: voters.items.length };
}

function countsOf(wished: readonly number[] | undefined, rows: number): number[] {
  if (wished === undefined) return USUAL.filter((k, i) => i === 0 || k <= rows);
  const wrong = wished.find((k) => !Number.isSafeInteger(k) || k < 1 || k > rows);
  if (wished.length === 0 || wrong !== undefined) {
    throw new InvalidOptionError('k', `integers from 1 to ${rows}, the rows to train on`, wrong);
  }
  return [...wished];
}

interface Voting {
  readonly classes: number;
  /** Undefined where all votes are alike. */
  readonly temperature: number | undefined;
  readonly signal?: AbortSignal;
  readonly host: Host;
}

/** For each k the shares of the classes in the votes, `[n, K]`. */
async function votesOf(
  gpu: Gpu,
  { rows, labels }: PartRows,
  asked: PartRows,
  counts: readonly number[],
  { classes, temperature, signal, host }: Voting,
): Promise<Float32Array[]> {
  const topK = Math.max(...counts);
  const { indices, values } = await similarityMatrix(
    gpu,
    asked.rows,
    rows,
    { metric: 'cosine', topK, signal },
    host,
  );
  return counts.map((k) => {
    const shares = new Float32Array(asked.rows.rows * classes);
    for (let item = 0; item < asked.rows.rows; item++) {
      const votes = new Float64Array(classes);
      const nearest = values[item * topK] ?? 0;
      for (let i = 0; i < k; i++) {
        const label = labels[indices[item * topK + i] ?? 0] ?? 0;
        const cosine = values[item * topK + i] ?? 0;
        votes[label] =
          (votes[label] ?? 0) + (temperature === undefined ? 1 : Math.exp((cosine - nearest) / temperature));
      }
      const sum = votes.reduce((total, value) => total + value, 0);
      shares.set(
        votes.map((value) => value / sum),
        item * classes,
      );
    }
    return shares;
  });
}
