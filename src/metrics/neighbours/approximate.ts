import { HeldTensors } from '../../device/held-tensors.ts';
import { throwIfAborted } from '../../errors.ts';
import {
  type MeasuredSets,
  measured,
  type NeighbourSets,
  type Neighbours,
  nearestNeighbours,
  type PhaseOptions,
  refine,
  sortNeighbours,
} from './exact.ts';
import { ListedRows } from './listed-rows.ts';
import { learnCentres, listCount, listsOf, nearestCentres } from './lists.ts';
import { rowsOf } from './points.ts';
import { RecallJudge } from './recall.ts';
import { Visits } from './visits.ts';

/** Lists that each query looks into, one depth after the other until the recall is reached. */
const DEPTHS = [8, 16, 32, 64];
/** Sampled recall at which the search ends: the sample's error is some 0.005, so that all have 0.95. */
const TARGET_RECALL = 0.96;
/** What would be missed after all depths at the present pace, beyond which they are not tried. */
const HOPELESS = 0.06;
/** The share of what is missed that a doubling leaves, before it is known. */
const USUAL_PACE = 0.5;
/** A row of a list takes some seven times as long as one of the exact search (lavapipe): a share of the lists that pays. */
const PAYING_SHARE = 1 / 8;

export interface ApproximateOptions extends PhaseOptions {
  readonly seed?: number;
  /** Looks into no more lists than take less time than the exact search; default false. */
  readonly onlyIfFaster?: boolean;
}

/** How the nearest rows were found. */
export interface NeighborSearch {
  /** `exact` too where the approximate search found that it would miss too many. */
  readonly search: 'exact' | 'approximate';
  /** The share of the true neighbours that were found: 1 of the exact search, else over a sample of the rows. */
  readonly recall: number;
}

/**
 * The k nearest points of every query, nearly all of them, by inverted lists (Sivic and Zisserman 2003; Jégou et al.
 * 2011): k-means cuts the points into lists, and a query looks into those whose centres are nearest, 8 at first, then
 * 16, 32 and 64, until a sample of the queries that is searched exactly too has found what it should. Points that no 64
 * lists suffice for, such as noise, are searched exactly. The same seed gives the same neighbours.
 * @param held owns the result's tensors
 */
export async function approximateNeighbours(
  held: HeldTensors,
  sets: NeighbourSets,
  k: number,
  options: ApproximateOptions = {},
): Promise<Neighbours & NeighborSearch> {
  const all = await measured(held, sets);
  const n = rowsOf(all.queries);
  const scratch = new HeldTensors(held.gpu, 'neighbours: approximate');
  const own = new HeldTensors(held.gpu, 'neighbours');
  try {
    const found = await own.allocate(() => ({
      n,
      k,
      ids: own.empty([n, k], 'u32'),
      distances: own.upload(new Float32Array(n * k).fill(FARTHEST), [n, k]),
    }));
    const recall = await searchLists(scratch, all, found, options);
    if (recall >= TARGET_RECALL) {
      await sortNeighbours(held.gpu, found, 'index');
      await refine(held.gpu, all, found);
      options.onProgress?.(n, n);
      held.adopt(own);
      return { ...found, search: 'approximate', recall };
    }
  } finally {
    scratch.free();
    own.free();
  }
  return { ...(await nearestNeighbours(held, sets, k, options)), search: 'exact', recall: 1 };
}

/** Farther than any two points: their squared distance is at most 2e38. */
const FARTHEST = 3e38;

/** Fills heaps of the nearest until they are good enough. @returns the sampled recall */
async function searchLists(
  scratch: HeldTensors,
  sets: MeasuredSets,
  found: Neighbours,
  { seed = 0, onlyIfFaster = false, signal, onProgress }: ApproximateOptions,
): Promise<number> {
  const { gpu } = scratch;
  const { x, queries } = sets;
  const count = listCount(x, gpu);
  const depths = DEPTHS.filter((depth, i) => !onlyIfFaster || i === 0 || depth <= PAYING_SHARE * count);
  const ranks = Math.min(
    count,
    depths.at(-1) ?? 1,
    Math.floor(gpu.limits.maxStorageBufferBindingSize / (4 * found.n)),
  );
  const centres = await learnCentres(scratch, x, count, { seed, signal });
  const ranked = await nearestCentres(gpu, centres, queries, ranks, signal);
  const nearest = queries === x ? firstOf(ranked, ranks) : await nearestCentres(gpu, centres, x, 1, signal);
  const rows = listsOf(nearest, count);
  const judge = await RecallJudge.of(scratch, sets, found.k, { seed, signal });
  const visits = new Visits(ranked, ranks, rows, found.k + Number(queries === x));
  const listed = new ListedRows(gpu, sets, found, rows);
  let recall = 0;
  try {
    for (const [round, depth] of depths.entries()) {
      throwIfAborted(signal);
      const part = 2 ** -round; // each round takes about as long as those before it
      await listed.offer(visits.until(depth), {
        signal,
        onProgress: (share) => onProgress?.(Math.floor(found.n * (1 - part + (part / 2) * share)), found.n),
      });
      const missed = 1 - recall;
      recall = await judge.recallOf(found);
      if (recall >= TARGET_RECALL || depth >= ranks) break;
      const pace = round === 0 ? USUAL_PACE : (1 - recall) / missed;
      if ((1 - recall) * pace ** (depths.length - 1 - round) > HOPELESS) break; // leads to the exact search in the end
    }
    return recall;
  } finally {
    listed.destroy();
  }
}

/** Each query's first. @param ranked `[queries, ranks]` */
function firstOf(ranked: Uint32Array, ranks: number): Uint32Array {
  return Uint32Array.from({ length: ranked.length / ranks }, (_, query) => ranked[query * ranks] ?? 0);
}
