import entriesSource from '../../../shaders/tsne/entries.wgsl';
import mortonSource from '../../../shaders/tsne/morton.wgsl';
import prefixSource from '../../../shaders/tsne/prefix.wgsl';
import repulsionSource from '../../../shaders/tsne/repulsion.wgsl';
import exactSource from '../../../shaders/tsne/repulsion-exact.wgsl';
import shortcutsSource from '../../../shaders/tsne/shortcuts.wgsl';
import treeSource from '../../../shaders/tsne/tree.wgsl';
import type { Commands } from '../../device/commands.ts';
import { defineKernel } from '../../device/kernel.ts';
import { workgroupSize } from '../../device/software.ts';
import type { Tensor } from '../../device/tensor.ts';
import { radixSort, singleGroup } from './sort.ts';

const mortonKernel = /* @__PURE__ */ defineKernel({
  name: 'tsne-morton',
  source: mortonSource,
  params: { n: 'u32', boxes: 'u32' },
  bind: { y: 'read', boxes: 'read', codes: 'write', order: 'write' },
});
const prefixKernel = /* @__PURE__ */ defineKernel({
  name: 'tsne-prefix',
  source: prefixSource,
  params: { n: 'u32', boxes: 'u32' },
  bind: { y: 'read', order: 'read', boxes: 'read', sums: 'write' },
});
const treeKernel = /* @__PURE__ */ defineKernel({
  name: 'tsne-tree',
  source: treeSource,
  params: { n: 'u32', boxes: 'u32', inverseAngle: 'f32' },
  bind: { codes: 'read', sums: 'read', boxes: 'read', nodes: 'write', links: 'write' },
});
const entriesKernel = /* @__PURE__ */ defineKernel({
  name: 'tsne-entries',
  source: entriesSource,
  params: { n: 'u32' },
  bind: { nodes: 'read', links: 'read', entries: 'write' },
});
const shortcutsKernel = /* @__PURE__ */ defineKernel({
  name: 'tsne-shortcuts',
  source: shortcutsSource,
  params: { n: 'u32' },
  bind: { nodes: 'read', entries: 'read', links: 'write' },
});
const repulsionKernel = /* @__PURE__ */ defineKernel({
  name: 'tsne-repulsion',
  source: repulsionSource,
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
const exactKernel = /* @__PURE__ */ defineKernel({
  name: 'tsne-repulsion-exact',
  source: exactSource,
  params: { n: 'u32' },
  bind: { y: 'read', repulsion: 'write' },
});

/**
 * Records the repulsion of every point of y `[n, 2]`: `[n, 4]`, the force before the division by the sum of all q, the
 * point's part of that sum, and an unused value.
 */
export function barnesHutRepulsion(
  cmd: Commands,
  y: Tensor,
  boxes: Tensor,
  angle: number,
  repulsion: Tensor,
): void {
  const n = y.size / 2;
  const WORKGROUP = workgroupSize(cmd.gpu, 64);
  cmd.scope(() => {
    const { codes, order, nodes, links } = buildTree(cmd, y, boxes, angle);
    cmd.dispatch(repulsionKernel, {
      bind: { y, order, codes, nodes, links, boxes, repulsion },
      params: { n, boxes: boxes.size / 4 },
      groups: Math.ceil(n / WORKGROUP),
      constants: { WORKGROUP },
    });
  });
}

/** The same, summed over every pair of points. */
export function exactRepulsion(cmd: Commands, y: Tensor, repulsion: Tensor): void {
  const n = y.size / 2;
  cmd.dispatch(exactKernel, { bind: { y, repulsion }, params: { n }, groups: Math.ceil(n / 64) });
}

/** A quadtree over n points; see shaders/tsne/tree.wgsl. */
export interface Tree {
  /** `[n]`, ascending */
  readonly codes: Tensor;
  /** `[n]`: which point has each code */
  readonly order: Tensor;
  /** `[2n - 1, 4]`: centre of mass, points, squared reach */
  readonly nodes: Tensor;
  /** `[2n - 1, 2]`: first child, next */
  readonly links: Tensor;
}

/** Stands for 1 / angle at angle 0: even the smallest cell, 2^-16 of the whole, is then opened for every point. */
const LARGEST = 1e9;

/**
 * Records the tree over y `[n, 2]`.
 * @param boxes `[count, 4]`: bounding boxes that together hold all points
 */
function buildTree(cmd: Commands, y: Tensor, boxes: Tensor, angle: number): Tree {
  const n = y.size / 2;
  const groups = Math.ceil(n / 64);
  const params = { n, boxes: boxes.size / 4 };
  const codes = cmd.alloc([n], 'u32');
  const order = cmd.alloc([n], 'u32');
  const nodes = cmd.alloc([2 * n - 1, 4]);
  const links = cmd.alloc([2 * n - 1, 2], 'u32');
  cmd.dispatch(mortonKernel, { bind: { y, boxes, codes, order }, params, groups });
  radixSort(cmd, { keys: codes, order });
  cmd.scope(() => {
    const sums = cmd.alloc([n + 1, 4], 'u32');
    cmd.dispatch(prefixKernel, {
      bind: { y, order, boxes, sums },
      params,
      groups: 1,
      constants: { WORKGROUP: singleGroup(cmd) },
    });
    cmd.dispatch(treeKernel, {
      bind: { codes, sums, boxes, nodes, links },
      params: { ...params, inverseAngle: Math.min(1 / angle, LARGEST) },
      groups: Math.ceil((2 * n - 1) / 64),
    });
  });
  cmd.scope(() => {
    const entries = cmd.alloc([2 * n - 1], 'u32');
    cmd.dispatch(entriesKernel, { bind: { nodes, links, entries }, params: { n }, groups });
    const all = Math.ceil((2 * n - 1) / 64);
    cmd.dispatch(shortcutsKernel, { bind: { nodes, entries, links }, params: { n }, groups: all });
  });
  return { codes, order, nodes, links };
}
