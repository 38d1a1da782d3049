import gatherSource from '../../../shaders/neighbours/gather.wgsl';
import type { Commands } from '../../device/commands.ts';
import type { HeldTensors } from '../../device/held-tensors.ts';
import { defineKernel } from '../../device/kernel.ts';
import type { Tensor } from '../../device/tensor.ts';
import { PANEL_GAP } from '../../kernels/gemm/packed-matrix.ts';
import type { PointPart } from './points.ts';

const kernel = /* @__PURE__ */ defineKernel({
  name: 'neighbours-gather',
  source: gatherSource,
  params: { count: 'u32', quads: 'u32', first: 'u32', rows: 'u32' },
  bind: { x: 'read', ids: 'read', into: 'write' },
});

/**
 * Records the copying of the rows `ids` `[count]` of parts into a matrix.
 * @param order `panels` for a weight of the GEMM, `rows` for a row-major matrix
 */
export function gatherRows(
  cmd: Commands,
  parts: readonly PointPart[],
  ids: Tensor,
  into: Tensor,
  order: 'panels' | 'rows',
): void {
  const count = ids.size;
  for (const { first, rows, x } of parts) {
    const quads = x.size / rows / 4;
    const lanes = (order === 'panels' ? Math.ceil(count / 4) : count) * quads;
    cmd.dispatch(kernel, {
      bind: { x, ids, into },
      params: { count, quads, first, rows },
      groups: Math.ceil(lanes / 64),
      constants: { PANELS: order === 'panels', PANEL_GAP },
    });
  }
}

/** Some rows as a part of their own. @param held owns it */
export async function partOf(
  held: HeldTensors,
  parts: readonly PointPart[],
  rows: Uint32Array,
): Promise<PointPart> {
  const cols = widthOf(parts);
  const part = await held.allocate(() => ({
    ids: held.upload(rows),
    x: held.empty([rows.length, cols]),
  }));
  await held.gpu.compute('neighbours: some rows', (cmd) => {
    gatherRows(cmd, parts, part.ids, part.x, 'rows');
    return { inputs: {}, outputs: {} };
  });
  return { first: 0, rows: rows.length, x: part.x };
}

/** Values of a row, padding included. */
export function widthOf(parts: readonly PointPart[]): number {
  const [part] = parts;
  return part ? part.x.size / part.rows : 0;
}
