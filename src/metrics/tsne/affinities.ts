import countSource from '../../../shaders/tsne/count-reverse.wgsl';
import fillSource from '../../../shaders/tsne/fill-reverse.wgsl';
import jointSource from '../../../shaders/tsne/joint.wgsl';
import perplexitySource from '../../../shaders/tsne/perplexity.wgsl';
import type { Commands } from '../../device/commands.ts';
import type { Gpu, MemoryLimits } from '../../device/gpu.ts';
import type { HeldTensors } from '../../device/held-tensors.ts';
import { defineKernel } from '../../device/kernel.ts';
import type { Tensor } from '../../device/tensor.ts';
import type { Neighbours } from '../neighbours/exact.ts';
import type { TsneMetric } from './options.ts';
import { scan } from './sort.ts';

const perplexityKernel = /* @__PURE__ */ defineKernel({
  name: 'tsne-perplexity',
  source: perplexitySource,
  params: { n: 'u32', k: 'u32', entropy: 'f32', cosine: 'u32' },
  bind: { squared: 'read', p: 'write' },
});
const countKernel = /* @__PURE__ */ defineKernel({
  name: 'tsne-count-reverse',
  source: countSource,
  params: { n: 'u32', k: 'u32' },
  bind: { ids: 'read', lengths: 'write' },
});
const fillKernel = /* @__PURE__ */ defineKernel({
  name: 'tsne-fill-reverse',
  source: fillSource,
  params: { n: 'u32', k: 'u32', first: 'u32', end: 'u32', base: 'u32' },
  bind: { ids: 'read', starts: 'read', filled: 'write', columns: 'write' },
});
const jointKernel = /* @__PURE__ */ defineKernel({
  name: 'tsne-joint',
  source: jointSource,
  params: { n: 'u32', k: 'u32', first: 'u32', end: 'u32', base: 'u32' },
  bind: { ids: 'read', p: 'read', starts: 'read', columns: 'write', values: 'write' },
});

/** The symmetric joint probabilities P, which sum to 1, as compressed sparse rows. */
export interface Affinities {
  readonly n: number;
  /** `[n + 1]`: row i has the entries `starts[i]` to `starts[i + 1] - 1` */
  readonly starts: Tensor;
  /** The entries, split into tensors that a kernel can bind. */
  readonly bands: readonly AffinityBand[];
}

/** The entries of the rows from `first` to `end` - 1. */
export interface AffinityBand {
  readonly first: number;
  readonly end: number;
  /** Index of its first entry among all. */
  readonly base: number;
  readonly columns: Tensor;
  readonly values: Tensor;
}

export interface PerplexitySettings {
  readonly perplexity: number;
  readonly metric: TsneMetric;
}

/** Records the conditional probabilities of every row's neighbours, p `[n, k]`, of the requested perplexity. */
export function fitPerplexity(
  cmd: Commands,
  { n, k, distances }: Neighbours,
  p: Tensor,
  { perplexity, metric }: PerplexitySettings,
): void {
  cmd.dispatch(perplexityKernel, {
    bind: { squared: distances, p },
    params: { n, k, entropy: Math.log(perplexity), cosine: Number(metric === 'cosine') },
    groups: Math.ceil(n / 64),
  });
}

/**
 * P from the nearest neighbours: in each row a Gaussian of the requested perplexity, then (p + p^T) / 2n.
 * @param held owns the result's tensors
 * @param scratch owns the others
 */
export async function jointProbabilities(
  held: HeldTensors,
  scratch: HeldTensors,
  neighbours: Neighbours,
  settings: PerplexitySettings,
): Promise<Affinities> {
  const { gpu } = held;
  const { n, k, ids } = neighbours;
  const params = { n, k };
  const p = await scratch.allocate(() => scratch.empty([n, k]));
  const lengths = scratch.upload(new Uint32Array(n).fill(k));
  const starts = held.empty([n + 1], 'u32');
  const counted = await gpu.compute('tsne: perplexity', (cmd) => {
    fitPerplexity(cmd, neighbours, p, settings);
    if (k < n - 1) {
      const groups = Math.ceil((n * k) / 64);
      cmd.dispatch(countKernel, { bind: { ids, lengths }, params, groups });
    }
    scan(cmd, lengths, starts);
    return { inputs: {}, outputs: { starts } };
  });
  const bands = bandsOfRows(new Uint32Array(counted.starts.buffer), gpu.limits);
  const joint = {
    n,
    starts,
    bands: await held.allocate(() =>
      bands.map(({ entries, ...band }) => ({
        ...band,
        columns: held.empty([entries], 'u32'),
        values: held.empty([entries]),
      })),
    ),
  };
  await symmetrize(gpu, neighbours, p, scratch.upload(new Uint32Array(n)), joint);
  return joint;
}

/** Splits the rows into bands whose entries a kernel can bind. @param starts `[n + 1]` */
function bandsOfRows(starts: Uint32Array, { maxStorageBufferBindingSize }: MemoryLimits) {
  const most = maxStorageBufferBindingSize / 4;
  const bands: { first: number; end: number; base: number; entries: number }[] = [];
  for (let first = 0; first < starts.length - 1; ) {
    const base = starts[first] ?? 0;
    let end = first + 1; // a row has fewer entries than there are points
    while (end < starts.length - 1 && (starts[end + 1] ?? 0) - base <= most) end++;
    bands.push({ first, end, base, entries: (starts[end] ?? 0) - base });
    first = end;
  }
  return bands;
}

/** @param filled `[n]`, zeros */
function symmetrize(
  gpu: Gpu,
  { n, k, ids }: Neighbours,
  p: Tensor,
  filled: Tensor,
  { starts, bands }: Affinities,
): Promise<unknown> {
  return gpu.compute('tsne: P', (cmd) => {
    for (const { first, end, base, columns, values } of bands) {
      const params = { n, k, first, end, base };
      if (columns.size > (end - first) * k) {
        const bind = { ids, starts, filled, columns };
        cmd.dispatch(fillKernel, { bind, params, groups: Math.ceil((n * k) / 64) });
      }
      const bind = { ids, p, starts, columns, values };
      cmd.dispatch(jointKernel, { bind, params, groups: Math.ceil((end - first) / 64) });
    }
    return { inputs: {}, outputs: {} };
  });
}
