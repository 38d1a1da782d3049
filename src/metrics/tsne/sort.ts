import countSource from '../../../shaders/tsne/radix-count.wgsl';
import scatterSource from '../../../shaders/tsne/radix-scatter.wgsl';
import scanSource from '../../../shaders/tsne/scan.wgsl';
import type { Commands } from '../../device/commands.ts';
import { defineKernel } from '../../device/kernel.ts';
import { forAdapter } from '../../device/software.ts';
import type { Tensor } from '../../device/tensor.ts';

const countKernel = /* @__PURE__ */ defineKernel({
  name: 'tsne-radix-count',
  source: countSource,
  params: { n: 'u32', lanes: 'u32', shift: 'u32' },
  bind: { keys: 'read', counts: 'write' },
});
const scatterKernel = /* @__PURE__ */ defineKernel({
  name: 'tsne-radix-scatter',
  source: scatterSource,
  params: { n: 'u32', lanes: 'u32', shift: 'u32' },
  bind: { keys: 'read', order: 'read', places: 'write', sortedKeys: 'write', sortedOrder: 'write' },
});
const scanKernel = /* @__PURE__ */ defineKernel({
  name: 'tsne-scan',
  source: scanSource,
  params: { n: 'u32' },
  bind: { counts: 'read', sums: 'write' },
});

/** Keys, and the value that moves with each; both `[n]`. */
export interface KeyedOrder {
  readonly keys: Tensor;
  readonly order: Tensor;
}

/** Software adapters: few passes, since a dispatch is expensive. GPUs: short runs per lane, since lanes are many. */
const SHAPES = {
  software: { DIGIT_BITS: 8, STRETCH: 128 },
  hardware: { DIGIT_BITS: 4, STRETCH: 32 },
};

/** Records a stable sort by all 32 bits of the keys, in place, since the number of passes is even. */
export function radixSort(cmd: Commands, items: KeyedOrder): void {
  const n = items.keys.size;
  const constants = forAdapter(cmd.gpu, SHAPES);
  const lanes = Math.ceil(n / constants.STRETCH);
  const groups = Math.ceil(lanes / 8);
  cmd.scope(() => {
    const counts = cmd.alloc([lanes << constants.DIGIT_BITS], 'u32');
    const places = cmd.alloc([counts.size + 1], 'u32');
    let from = items;
    let to: KeyedOrder = { keys: cmd.alloc([n], 'u32'), order: cmd.alloc([n], 'u32') };
    for (let shift = 0; shift < 32; shift += constants.DIGIT_BITS) {
      const params = { n, lanes, shift };
      cmd.dispatch(countKernel, { bind: { keys: from.keys, counts }, params, groups, constants });
      scan(cmd, counts, places);
      const bind = { ...from, places, sortedKeys: to.keys, sortedOrder: to.order };
      cmd.dispatch(scatterKernel, { bind, params, groups, constants });
      [from, to] = [to, from];
    }
  });
}

/** Workgroup size of kernels that run as a single workgroup. */
export function singleGroup({ gpu }: Commands): number {
  return forAdapter(gpu, { software: 64, hardware: 256 });
}

/** Records the exclusive scan of counts `[n]`: `[n + 1]`, the total last. */
export function scan(cmd: Commands, counts: Tensor, sums: Tensor): void {
  cmd.dispatch(scanKernel, {
    bind: { counts, sums },
    params: { n: counts.size },
    groups: 1,
    constants: { WORKGROUP: singleGroup(cmd) },
  });
}
