import box from '../../../shaders/tsne-box.wgsl';
import treeSource from '../../../shaders/tsne-repulsion.wgsl';
import exactSource from '../../../shaders/tsne-repulsion-exact.wgsl';
import type { Commands } from '../../device/commands.ts';
import { defineKernel } from '../../device/kernel.ts';
import type { Tensor } from '../../device/tensor.ts';
import { buildTree } from './tree.ts';

const treeKernel = defineKernel({
  name: 'tsne-repulsion',
  source: treeSource,
  params: { n: 'u32', boxes: 'u32' },
  bind: {
    y: 'read',
    order: 'read',
    codes: 'read',
    nodes: 'read',
    links: 'read',
    boxes: 'read',
    repulsion: 'write',
  },
});
const exactKernel = defineKernel({
  name: 'tsne-repulsion-exact',
  source: exactSource,
  params: { n: 'u32' },
  bind: { y: 'read', repulsion: 'write' },
});

/**
 * Records what drives every point of y `[n, 2]` away from the others: `[n, 4]`, the force before it is divided by the
 * sum of all q, the point's part of that sum, and nothing.
 */
export function barnesHutRepulsion(
  commands: Commands,
  y: Tensor,
  boxes: Tensor,
  angle: number,
  repulsion: Tensor,
): void {
  const n = y.size / 2;
  const WORKGROUP = commands.gpu.info.software ? 8 : 64;
  commands.scope(() => {
    const { codes, order, nodes, links } = buildTree(commands, y, boxes, angle);
    commands.run(treeKernel, {
      bind: { y, order, codes, nodes, links, boxes, repulsion },
      params: { n, boxes: boxes.size / 4 },
      groups: Math.ceil(n / WORKGROUP),
      constants: { WORKGROUP },
      fragments: [box],
    });
  });
}

/** The same from every pair of points. */
export function exactRepulsion(commands: Commands, y: Tensor, repulsion: Tensor): void {
  const n = y.size / 2;
  commands.run(exactKernel, { bind: { y, repulsion }, params: { n }, groups: Math.ceil(n / 64) });
}
