import type { HeldTensors } from '../../device/held-tensors.ts';
import type { Tensor } from '../../device/tensor.ts';
import { sampleOf } from '../random.ts';
import { type MeasuredSets, type Neighbours, nearestNeighbours } from './exact.ts';
import { partOf } from './gather.ts';
import { readIds } from './lists.ts';
import { rowsOf } from './points.ts';

/** Queries that are searched exactly too: the error of a recall of 0.95 is some 0.005. */
const SAMPLE = 256;
/** Rounding of squared distances: equals among the farthest may be found one for the other. */
const ROUNDING = 1e-5;

/** What share of the true neighbours a search has found, over a sample of the queries. */
export class RecallJudge {
  private constructor(
    private readonly held: HeldTensors,
    /** Which queries. */
    private readonly sample: Uint32Array,
    /** The true neighbours of each, and the squared distance of the farthest. */
    private readonly truth: readonly { readonly ids: ReadonlySet<number>; readonly farthest: number }[],
  ) {}

  static async of(
    held: HeldTensors,
    { x, queries }: MeasuredSets,
    k: number,
    { seed, signal }: { readonly seed: number; readonly signal?: AbortSignal },
  ): Promise<RecallJudge> {
    const same = queries === x;
    const sample = sampleOf(seed + 2, SAMPLE, rowsOf(queries));
    const asked = [await partOf(held, queries, sample)];
    const found = await nearestNeighbours(held, { x, queries: asked }, k + Number(same), { signal });
    const [ids, distances] = [await readIds(held.gpu, found.ids), await readValues(held, found.distances)];
    const truth = Array.from(sample, (query, i) => {
      const near = Array.from({ length: found.k }, (_, j) => ({
        id: ids[i * found.k + j] ?? 0,
        distance: distances[i * found.k + j] ?? 0,
      })).sort((a, b) => a.distance - b.distance || a.id - b.id);
      const others = same ? near.filter(({ id }) => id !== query).slice(0, k) : near;
      return { ids: new Set(others.map(({ id }) => id)), farthest: others.at(-1)?.distance ?? 0 };
    });
    return new RecallJudge(held, sample, truth);
  }

  /** Equals count as found. */
  async recallOf({ k, ids, distances }: Neighbours): Promise<number> {
    const [foundIds, foundDistances] = [
      await readIds(this.held.gpu, ids),
      await readValues(this.held, distances),
    ];
    let hits = 0;
    for (const [i, { ids: near, farthest }] of this.truth.entries()) {
      const base = (this.sample[i] ?? 0) * k;
      const most = farthest * (1 + ROUNDING);
      for (let at = base; at < base + k; at++) {
        hits += Number(near.has(foundIds[at] ?? 0) || (foundDistances[at] ?? Number.NaN) <= most);
      }
    }
    return hits / (this.truth.length * k);
  }
}

async function readValues({ gpu }: HeldTensors, values: Tensor): Promise<Float32Array> {
  return (await gpu.compute('neighbours: to the host', () => ({ inputs: {}, outputs: { values } }))).values;
}
