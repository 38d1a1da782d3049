import source from '../../shaders/top-k.wgsl';
import type { Commands } from '../device/commands.ts';
import { defineKernel } from '../device/kernel.ts';
import { forAdapter, workgroupSize } from '../device/software.ts';
import type { Tensor } from '../device/tensor.ts';
import { expectShape } from '../device/tensor.ts';

const kernel = /* @__PURE__ */ defineKernel({
  name: 'top-k',
  source,
  params: { rows: 'u32', cols: 'u32', k: 'u32', firstCol: 'u32', fresh: 'u32', smallest: 'u32' },
  bind: { scores: 'read', best: 'write', spare: 'write', range: 'read', scales: 'read' },
});

/** The best k so far of some rows: `[rows, k, 2]`, twice, for merging from one into the other. */
export interface TopKLists {
  readonly best: Tensor;
  readonly spare: Tensor;
}

export function allocTopK(cmd: Commands, rows: number, k: number): TopKLists {
  return { best: cmd.alloc([rows, k, 2], 'u32'), spare: cmd.alloc([rows, k, 2], 'u32') };
}

export interface TopKTile {
  /** Index of the tile's first column in the whole matrix. */
  readonly firstCol: number;
  /** Whether smaller scores are better, as for distances. */
  readonly smallest: boolean;
  /** Of columns that come piece by piece into one recorded program. The lists are not reset: `emptyTopK` is written into them first. */
  readonly piece?: {
    /** `[2]`: the number of the piece's first column, and how many of its columns count. */
    readonly range: Tensor;
    /** `[cols]`: what each column's scores are multiplied by. */
    readonly scales: Tensor;
  };
}

/** What lists hold before the first entry: `[rows, k, 2]`. */
export function emptyTopK(rows: number, k: number): Uint32Array<ArrayBuffer> {
  return new Uint32Array(rows * k * 2).fill(0xffffffff);
}

/**
 * Records the merging of a tile of scores `[rows, cols]` into the lists; the tile at column 0 resets them.
 * @throws {ShapeError} unless the lists are `[rows, k, 2]`
 */
export function mergeTopK(cmd: Commands, scores: Tensor, lists: TopKLists, tile: TopKTile): void {
  const [rows = 0, cols = 0] = scores.shape;
  const k = lists.best.shape[1] ?? 0;
  expectShape('mergeTopK', { best: lists.best, spare: lists.spare }, [rows, k, 2]);
  const { firstCol, smallest, piece } = tile;
  if (piece) {
    expectShape('mergeTopK', { range: piece.range }, [2]);
    expectShape('mergeTopK', { scales: piece.scales }, [cols]);
  }
  const { range = cmd.gpu.nothing, scales = cmd.gpu.nothing } = piece ?? {};
  const fresh = Number(firstCol === 0 && !piece);
  cmd.dispatch(kernel, {
    bind: { scores, best: lists.best, spare: lists.spare, range, scales },
    params: { rows, cols, k, firstCol, fresh, smallest: Number(smallest) },
    groups: rows,
    detail: `${k} of ${cols}`,
    constants: {
      WORKGROUP: workgroupSize(cmd.gpu, 64),
      CHUNK: forAdapter(cmd.gpu, { software: 512, hardware: 1024 }),
      PIECES: piece !== undefined,
    },
  });
}

/**
 * Decodes the lists: each entry's column, and its score from the sortable bits that the shader stores.
 * @param bits `[rows, k, 2]`
 */
export function readTopK(
  bits: Uint32Array,
  smallest: boolean,
  indices: Uint32Array,
  values: Float32Array,
): void {
  const scores = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < values.length; i++) {
    const order = bits[2 * i] ?? 0;
    const ascending = smallest ? order : ~order >>> 0;
    scores[i] = ascending >>> 31 ? ascending & 0x7fffffff : ~ascending;
    indices[i] = bits[2 * i + 1] ?? 0;
  }
}
