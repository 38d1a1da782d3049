import tileSource from '../../shaders/gemm.wgsl';
import reduceSource from '../../shaders/gemm-reduce.wgsl';
import rowsByQuads from '../../shaders/gemm-rows-quads.wgsl';
import rowsByScalars from '../../shaders/gemm-rows-scalars.wgsl';
import subgroupSource from '../../shaders/gemm-subgroup.wgsl';
import type { Commands } from '../device/commands.ts';
import { defineKernel } from '../device/kernel.ts';
import type { Tensor } from '../device/tensor.ts';
import { type GemmTile, tunedTile } from './gemm-tile.ts';
import { type PackedMatrix, storageFragment } from './packed-matrix.ts';

const epilogueParams = { hasBias: 'u32', gelu: 'u32', addTo: 'u32' } as const;
const interfaceOf = {
  params: { M: 'u32', N: 'u32', K: 'u32', ...epilogueParams },
  bind: { x: 'read', w: 'read', bias: 'read', y: 'write' },
} as const;
const tileKernel = defineKernel({ name: 'gemm', source: tileSource, ...interfaceOf });
const subgroupKernel = defineKernel({ name: 'gemm-subgroup', source: subgroupSource, ...interfaceOf });
const reduceKernel = defineKernel({
  name: 'gemm-reduce',
  source: reduceSource,
  params: { M: 'u32', N: 'u32', ...epilogueParams },
  bind: { partial: 'read', bias: 'read', y: 'write' },
});

/** One product of x `[M, K]` and w `[N, K]` into y `[M, N]`, whatever is accumulated and stored. */
export interface Gemm {
  readonly x: Tensor;
  readonly w: PackedMatrix;
  readonly y: Tensor;
  /** `[N]` */
  readonly bias?: Tensor;
  readonly gelu?: boolean;
  /** Adds to what y holds. */
  readonly addTo?: boolean;
  /** The WGSL of `accumulate`. */
  readonly accumulate: string;
  /** The WGSL of `storeQuad`. */
  readonly epilogue: string;
  /** In profiles, before the shape. */
  readonly detail?: string;
  /** Overrides the tuned choice. */
  readonly tile?: GemmTile;
}

/** Records the product in the tile that suits the adapter, and where K is split, the addition of its parts. */
export function recordGemm(gpu: Commands, gemm: Gemm): void {
  const { x, w, y, accumulate, epilogue, detail = '' } = gemm;
  const { rows: N, cols: K } = w;
  const M = x.size / K;
  const tile = gemm.tile ?? tunedTile(gpu.gpu, { M, N, K, storage: w.storage });
  const bias = gemm.bias ?? gpu.gpu.nothing;
  const ends = {
    hasBias: Number(gemm.bias !== undefined),
    gelu: Number(gemm.gelu ?? false),
    addTo: Number(gemm.addTo ?? false),
  };
  const common = { params: { M, N, K, ...ends }, detail: `${detail}${M} x ${N} x ${K}` };
  const fragments = [storageFragment[w.storage], accumulate, epilogue];
  const panels = Math.ceil(N / 4);
  if (tile.family === 'subgroup') {
    gpu.run(subgroupKernel, {
      ...{ ...common, fragments, bind: { x, w: w.words, bias, y } },
      groups: [Math.ceil(panels / tile.subgroup), Math.ceil(M / tile.rows)],
      constants: { SUBGROUP: tile.subgroup, ROWS: tile.rows },
    });
    return;
  }
  gpu.scope(() => {
    const { rows, panels: PANELS, lanesM, lanesN, depth, splits } = tile;
    const sums = splits > 1 ? gpu.alloc([splits, M, N]) : y;
    gpu.run(tileKernel, {
      ...{ ...common, bind: { x, w: w.words, bias, y: sums } },
      fragments: [K % 4 === 0 ? rowsByQuads : rowsByScalars, ...fragments],
      groups: [Math.ceil(panels / (lanesN * PANELS)), Math.ceil(M / (rows * lanesM)), splits],
      constants: { ROWS: rows, PANELS, LANES_M: lanesM, LANES_N: lanesN, BK: depth, SPLITS: splits },
    });
    if (splits === 1) return;
    gpu.run(reduceKernel, {
      bind: { partial: sums, bias, y },
      params: { M, N, ...ends },
      groups: Math.ceil((M * panels) / 64),
      constants: { SPLITS: splits },
      fragments: [epilogue],
    });
  });
}
