import meansSource from '../../../shaders/neighbours/means.wgsl';
import type { Gpu } from '../../device/gpu.ts';
import { HeldTensors } from '../../device/held-tensors.ts';
import { defineKernel } from '../../device/kernel.ts';
import type { Tensor } from '../../device/tensor.ts';
import { throwIfAborted } from '../../errors.ts';
import { sampleOf } from '../random.ts';
import { nearestNeighbours, sortNeighbours } from './exact.ts';
import { partOf, widthOf } from './gather.ts';
import { bindableRows, type PointPart, rowsOf } from './points.ts';

const meansKernel = /* @__PURE__ */ defineKernel({
  name: 'neighbours-means',
  source: meansSource,
  params: { centres: 'u32', quads: 'u32' },
  bind: { x: 'read', starts: 'read', members: 'read', centres: 'write' },
});

/** Numbers in lists, one after the other: list i has `members[starts[i]]` to `members[starts[i + 1] - 1]`, ascending. */
export interface Lists {
  /** `[lists + 1]` */
  readonly starts: Uint32Array;
  readonly members: Uint32Array;
}

/** Rows of the sample that a list's centre is learnt from, on average, and the steps. */
const SAMPLE_A_LIST = 32;
const STEPS = 5;

/**
 * So many lists for n rows that finding a row's lists costs less than looking into them, and a list is long enough for
 * the GEMM.
 */
export function listCount(parts: readonly PointPart[], { limits }: Pick<Gpu, 'limits'>): number {
  const n = rowsOf(parts);
  return Math.max(1, Math.min(Math.round(2 * Math.sqrt(n)), n, bindableRows(widthOf(parts), limits)));
}

/**
 * Centres of lists by k-means over a sample (Lloyd 1982), from random rows of it.
 * @param held owns the centres
 */
export async function learnCentres(
  held: HeldTensors,
  parts: readonly PointPart[],
  lists: number,
  { seed, signal }: { readonly seed: number; readonly signal?: AbortSignal },
): Promise<PointPart> {
  const { gpu } = held;
  const [n, width] = [rowsOf(parts), widthOf(parts)];
  const size = Math.min(n, Math.max(lists, Math.min(SAMPLE_A_LIST * lists, bindableRows(width, gpu.limits))));
  const scratch = new HeldTensors(gpu, 'neighbours: sample');
  try {
    const sample = await partOf(scratch, parts, sampleOf(seed, size, n));
    const centres = await partOf(held, [sample], sampleOf(seed + 1, lists, size));
    for (let step = 0; step < STEPS; step++) {
      throwIfAborted(signal);
      const nearest = await nearestCentres(gpu, centres, [sample], 1, signal);
      await moveCentres(gpu, centres, sample, listsOf(nearest, lists));
    }
    return centres;
  } finally {
    scratch.free();
  }
}

/** The nearest `count` centres of every row, the nearest first: `[n, count]`. */
export async function nearestCentres(
  gpu: Gpu,
  centres: PointPart,
  queries: readonly PointPart[],
  count: number,
  signal?: AbortSignal,
): Promise<Uint32Array> {
  const scratch = new HeldTensors(gpu, 'neighbours: nearest lists');
  try {
    const found = await nearestNeighbours(scratch, { x: [centres], queries }, count, { signal });
    if (count > 1) await sortNeighbours(gpu, found, 'distance');
    return await readIds(gpu, found.ids);
  } finally {
    scratch.free();
  }
}

async function moveCentres(
  gpu: Gpu,
  { rows, x: centres }: PointPart,
  { x }: PointPart,
  lists: Lists,
): Promise<void> {
  const scratch = new HeldTensors(gpu, 'neighbours: lists');
  try {
    const [starts, members] = await scratch.allocate(() => [
      scratch.upload(lists.starts),
      scratch.upload(lists.members),
    ]);
    const quads = centres.size / rows / 4;
    await gpu.compute('neighbours: means', (cmd) => {
      cmd.dispatch(meansKernel, {
        bind: { x, starts: starts as Tensor, members: members as Tensor, centres },
        params: { centres: rows, quads },
        groups: Math.ceil((rows * quads) / 64),
      });
      return { inputs: {}, outputs: {} };
    });
  } finally {
    scratch.free();
  }
}

/** Rows by their list. @param of the list of each row */
export function listsOf(of: Uint32Array, lists: number): Lists {
  const starts = new Uint32Array(lists + 1);
  for (const list of of) starts[list + 1] = (starts[list + 1] ?? 0) + 1;
  for (let list = 0; list < lists; list++) starts[list + 1] = (starts[list + 1] ?? 0) + (starts[list] ?? 0);
  const next = starts.slice();
  const members = new Uint32Array(of.length);
  for (const [row, list] of of.entries()) {
    members[next[list] ?? 0] = row;
    next[list] = (next[list] ?? 0) + 1;
  }
  return { starts, members };
}

export async function readIds(gpu: Gpu, ids: Tensor): Promise<Uint32Array> {
  const read = await gpu.compute('neighbours: to the host', () => ({ inputs: {}, outputs: { ids } }));
  return new Uint32Array(read.ids.buffer);
}
