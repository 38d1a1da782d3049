import type { Gpu } from '../../device/gpu.ts';
import { concatenate } from '../../platform/concatenate.ts';
import { eachScoreBlock } from '../similarity/blocks.ts';
import type { Vectors } from '../vectors.ts';
import { CosineCounts } from './cosine-counts.ts';
import type { Pairs } from './pairing.ts';
import { bestOfItems, ownBefore, rankOf } from './retrieval.ts';
import { entropyParts, gaussianKernel, NEIGHBOURS } from './rows.ts';

/** A shard's pairs as they are compared: images, then texts, `[2n, dim]`, of length 1. */
export interface ShardRows {
  readonly rows: Vectors;
  readonly n: number;
  readonly items: readonly number[];
  readonly itemCount: number;
}

export function shardRows({ images, texts, n, dim, items, itemCount }: Pairs): ShardRows {
  const data = concatenate([Float32Array.from(images), Float32Array.from(texts)]);
  return { rows: { data, rows: 2 * n, dim }, n, items, itemCount };
}

/** The cosine of each row with its match, the best of its item: of the images, then of the texts. */
export type MatchCosines = Float32Array;

/** What comparing the rows of a shard, as queries, with those of another gives: first of the images, then of the texts. */
export interface ShardBlock {
  /** `[2n]`: how many items of the other modality come before the match. */
  readonly before: Uint32Array;
  /** `[2n]`: how many of its own do, in a search over both. */
  readonly ownBefore: Uint32Array;
  /** `[2n, 10]`: the cosines of the nearest, the largest first; -Infinity where there are fewer. */
  readonly nearest: Float32Array;
  /** `[2n, 10]`: whether they are of the query's own modality. */
  readonly nearestOwn: Uint8Array;
  /** `[2n, 3]`, where a scale is given: `EntropyParts` of the other modality. */
  readonly entropy: Float64Array | undefined;
  /** Sums of exp(-2 ||x - y||^2) over the own modality, a row with itself left out: of images, of texts. */
  readonly kernel: readonly [number, number];
  /** Of image with image, text with text, image with text. */
  readonly counts: readonly [CosineCounts, CosineCounts, CosineCounts];
}

interface BlockOptions {
  /** The model's exp(logit_scale). */
  readonly logitScale?: number;
  readonly signal?: AbortSignal;
}

/** The matches lie in the query's own shard. */
export async function matchCosines(gpu: Gpu, shard: ShardRows, signal?: AbortSignal): Promise<MatchCosines> {
  const { rows, n, items, itemCount } = shard;
  const matches = new Float32Array(2 * n);
  await eachScoreBlock(gpu, rows, rows, { metric: 'dot', signal }, ({ firstRow, rows: count, scores }) => {
    for (let i = 0; i < count; i++) {
      const query = firstRow + i;
      const line = scores.subarray(i * 2 * n, (i + 1) * 2 * n);
      const other = query < n ? line.subarray(n) : line.subarray(0, n);
      matches[query] = bestOfItems(other, items, itemCount)[items[query % n] ?? 0] ?? 0;
    }
  });
  return matches;
}

/**
 * Compares the rows of shard a with those of shard b.
 * @param order whether b comes before a, is a, or comes after it: of equal cosines the earlier item comes first
 */
export async function shardBlock(
  gpu: Gpu,
  a: ShardRows,
  b: ShardRows,
  matches: MatchCosines,
  order: 'before' | 'same' | 'after',
  { logitScale, signal }: BlockOptions,
): Promise<ShardBlock> {
  const queries = new BlockQueries(a, b, matches, order, logitScale);
  await eachScoreBlock(gpu, a.rows, b.rows, { metric: 'dot', signal }, ({ firstRow, rows, scores }) => {
    const width = b.rows.rows;
    for (let i = 0; i < rows; i++) queries.take(firstRow + i, scores.subarray(i * width, (i + 1) * width));
  });
  return queries.block();
}

class BlockQueries {
  readonly #before: Uint32Array;
  readonly #ownBefore: Uint32Array;
  readonly #nearest: Float32Array;
  readonly #nearestOwn: Uint8Array;
  readonly #entropy: Float64Array | undefined;
  readonly #kernel: [number, number] = [0, 0];
  readonly #counts = [new CosineCounts(), new CosineCounts(), new CosineCounts()] as const;

  constructor(
    private readonly a: ShardRows,
    private readonly b: ShardRows,
    private readonly matches: MatchCosines,
    private readonly order: 'before' | 'same' | 'after',
    private readonly scale: number | undefined,
  ) {
    const rows = 2 * a.n;
    this.#before = new Uint32Array(rows);
    this.#ownBefore = new Uint32Array(rows);
    this.#nearest = new Float32Array(rows * NEIGHBOURS).fill(Number.NEGATIVE_INFINITY);
    this.#nearestOwn = new Uint8Array(rows * NEIGHBOURS);
    this.#entropy = scale === undefined ? undefined : new Float64Array(rows * 3);
  }

  /** @param cosines of a query with b's images, then with its texts */
  take(query: number, cosines: Float32Array): void {
    const { n, items, itemCount } = this.b;
    const isImage = query < this.a.n;
    const [ofImages, ofTexts] = [cosines.subarray(0, n), cosines.subarray(n)];
    const [own, other] = isImage ? [ofImages, ofTexts] : [ofTexts, ofImages];
    const row = query % this.a.n;
    const isSame = this.order === 'same';
    const self = isSame ? row : -1;
    const item = isSame ? (items[row] ?? row) : -1;
    const match = this.matches[query] ?? 0;
    const found = bestOfItems(other, items, itemCount);
    this.#before[query] = isSame
      ? rankOf(found, item) - 1
      : comingBefore(found, match, this.order === 'before');
    this.#ownBefore[query] = ownBefore(bestOfItems(own, items, itemCount), item, match, isImage);
    const list = query * NEIGHBOURS;
    const nearest = this.#nearest.subarray(list, list + NEIGHBOURS);
    const nearestOwn = this.#nearestOwn.subarray(list, list + NEIGHBOURS);
    let kernel = 0;
    for (let i = 0; i < own.length; i++) {
      if (i === self) continue;
      const cosine = own[i] ?? 0;
      kernel += gaussianKernel(cosine);
      this.#counts[isImage ? 0 : 1].add(cosine);
      offer(nearest, nearestOwn, cosine, 1);
    }
    for (let i = 0; i < other.length; i++) {
      const cosine = other[i] ?? 0;
      if (isImage) this.#counts[2].add(cosine);
      offer(nearest, nearestOwn, cosine, 0);
    }
    const modality = isImage ? 0 : 1;
    this.#kernel[modality] += kernel;
    if (this.scale !== undefined) this.#entropy?.set(entropyParts(other, this.scale), query * 3);
  }

  block(): ShardBlock {
    return {
      before: this.#before,
      ownBefore: this.#ownBefore,
      nearest: this.#nearest,
      nearestOwn: this.#nearestOwn,
      entropy: this.#entropy,
      kernel: this.#kernel,
      counts: this.#counts,
    };
  }
}

function comingBefore(found: ArrayLike<number>, cosine: number, first: boolean): number {
  let before = 0;
  for (let i = 0; i < found.length; i++) {
    const other = found[i] ?? 0;
    if (other > cosine || (first && other === cosine)) before++;
  }
  return before;
}

/** Puts a cosine into a list of the largest, of which those of the own modality come first where equal. */
function offer(nearest: Float32Array, ofOwn: Uint8Array, cosine: number, isOwn: 0 | 1): void {
  const goesBefore = (at: number) => {
    const there = nearest[at] ?? 0;
    return cosine > there || (cosine === there && isOwn > (ofOwn[at] ?? 0));
  };
  let at = nearest.length;
  while (at > 0 && goesBefore(at - 1)) at--;
  if (at === nearest.length) return;
  nearest.copyWithin(at + 1, at, nearest.length - 1);
  ofOwn.copyWithin(at + 1, at, ofOwn.length - 1);
  nearest[at] = cosine;
  ofOwn[at] = isOwn;
}

/** What blocks of different queries have in common. */
export type BlockTotals = Pick<ShardBlock, 'kernel' | 'counts'>;

export function mergeTotals({ kernel, counts }: BlockTotals, other: BlockTotals): BlockTotals {
  return {
    kernel: [kernel[0] + other.kernel[0], kernel[1] + other.kernel[1]],
    counts: [
      counts[0].plus(other.counts[0]),
      counts[1].plus(other.counts[1]),
      counts[2].plus(other.counts[2]),
    ],
  };
}

/** What comparing the same queries with the rows of both gives. */
export function mergeBlocks(b: ShardBlock, c: ShardBlock, scale: number | undefined): ShardBlock {
  const [nearest, nearestOwn] = [b.nearest.slice(), b.nearestOwn.slice()];
  for (let at = 0; at < nearest.length; at += NEIGHBOURS) {
    const [cosines, ofOwn] = [
      nearest.subarray(at, at + NEIGHBOURS),
      nearestOwn.subarray(at, at + NEIGHBOURS),
    ];
    for (let i = at; i < at + NEIGHBOURS; i++) {
      offer(cosines, ofOwn, c.nearest[i] ?? 0, c.nearestOwn[i] === 1 ? 1 : 0);
    }
  }
  return {
    ...mergeTotals(b, c),
    before: b.before.map((count, i) => count + (c.before[i] ?? 0)),
    ownBefore: b.ownBefore.map((count, i) => count + (c.ownBefore[i] ?? 0)),
    ...{ nearest, nearestOwn },
    entropy: b.entropy && c.entropy && mergeEntropies(b.entropy, c.entropy, scale ?? 1),
  };
}

function mergeEntropies(b: Float64Array, c: Float64Array, scale: number): Float64Array {
  const merged = new Float64Array(b.length);
  for (let at = 0; at < b.length; at += 3) {
    const largest = Math.max(b[at] ?? 0, c[at] ?? 0);
    let [sum, weighted] = [0, 0];
    for (const part of [b, c]) {
      const logit = scale * ((part[at] ?? 0) - largest);
      const weight = Math.exp(logit);
      sum += weight * (part[at + 1] ?? 0);
      weighted += weight * ((part[at + 2] ?? 0) + logit * (part[at + 1] ?? 0));
    }
    merged.set([largest, sum, weighted], at);
  }
  return merged;
}
