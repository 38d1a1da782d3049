import source from '../../../shaders/tsne-scan.wgsl';
import type { Commands } from '../../device/commands.ts';
import { defineKernel } from '../../device/kernel.ts';
import type { Tensor } from '../../device/tensor.ts';

const kernel = defineKernel({
  name: 'tsne-scan',
  source,
  params: { n: 'u32' },
  bind: { counts: 'read', sums: 'write' },
});

/** Lanes of the kernels that are one workgroup. */
export function singleGroup({ gpu }: Commands): number {
  return gpu.info.software ? 64 : 256;
}

/** Records the exclusive scan of counts `[n]`: `[n + 1]`, the total last. */
export function scan(commands: Commands, counts: Tensor, sums: Tensor): void {
  commands.run(kernel, {
    bind: { counts, sums },
    params: { n: counts.size },
    groups: 1,
    constants: { WORKGROUP: singleGroup(commands) },
  });
}
