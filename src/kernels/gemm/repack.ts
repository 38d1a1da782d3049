import source from '../../../shaders/repack.wgsl';
import type { Commands } from '../../device/commands.ts';
import type { Gpu } from '../../device/gpu.ts';
import { defineKernel } from '../../device/kernel.ts';
import type { Tensor } from '../../device/tensor.ts';
import { PANEL_GAP, storageBits, type WeightStorage } from './packed-matrix.ts';

const kernel = /* @__PURE__ */ defineKernel({
  name: 'repack',
  source,
  params: { available: 'u32', cols: 'u32', rows: 'u32', offset: 'u32', firstQuad: 'u32' },
  bind: { x: 'read', first: 'read', largest: 'read', words: 'write' },
});

/** Rows of a row-major f32 matrix. */
export interface RowSource {
  /** `[available, cols]`, or longer. */
  readonly x: Tensor;
  readonly available: number;
  readonly cols: number;
  /** How many are taken; those beyond `available` are zeros. */
  readonly rows: number;
  /** `[1]`: the first row, plus `offset`. Row 0 by default. */
  readonly first?: Tensor;
  readonly offset?: number;
  /** `[available]`: the largest magnitude of each row, for the storage q8. */
  readonly largest?: Tensor;
}

export interface RepackTarget {
  /** The whole weight. */
  readonly words: Tensor;
  readonly storage: WeightStorage;
  /** `panels`: `[ceil(rows / 4), cols + gap, 4]` for the GEMM; `rows`: row-major, for tables of cols % 4 = 0. */
  readonly order: 'panels' | 'rows';
  /** Where the rows begin within the weight; in `panels` a multiple of 4. */
  readonly firstRow: number;
}

/** Records the storing of rows as the kernels read them. */
export function repack(cmd: Commands, source: RowSource, target: RepackTarget): void {
  const { x, available, cols, rows, first = cmd.gpu.nothing, offset = 0, largest = cmd.gpu.nothing } = source;
  const panels = target.order === 'panels';
  const quads = panels ? Math.ceil(rows / 4) * cols : (rows * cols) / 4;
  const firstQuad = (target.firstRow / 4) * (panels ? cols + PANEL_GAP : cols);
  cmd.dispatch(kernel, {
    bind: { x, first, largest, words: target.words },
    params: { available, cols, rows, offset, firstQuad },
    groups: Math.ceil(quads / 64),
    constants: { PANELS: panels, BITS: storageBits[target.storage], PANEL_GAP },
  });
}

/** The largest magnitude of each row. */
function largestOfRows(values: Float32Array, cols: number): Float32Array<ArrayBuffer> {
  const largest = new Float32Array(values.length / cols);
  for (let row = 0; row < largest.length; row++) {
    let most = 0;
    for (let i = row * cols; i < (row + 1) * cols; i++) most = Math.max(most, Math.abs(values[i] as number));
    largest[row] = most;
  }
  return largest;
}

/** Writes whole rows of `cols` values into `staging`, and stores them from there. */
export async function storeRows(
  gpu: Gpu,
  staging: Tensor,
  values: Float32Array,
  cols: number,
  target: RepackTarget,
): Promise<void> {
  const rows = values.length / cols;
  gpu.write(staging, values);
  const largest = target.storage === 'q8' ? gpu.upload(largestOfRows(values, cols)) : undefined;
  try {
    await gpu.compute('repack', (cmd) => {
      repack(cmd, { x: staging, available: rows, cols, rows, largest }, target);
      return { inputs: {}, outputs: {} };
    });
  } finally {
    if (largest) gpu.free(largest);
  }
}
