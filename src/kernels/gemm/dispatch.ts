import tileSource from '../../../shaders/gemm.wgsl';
import matrixSource from '../../../shaders/gemm-matrix.wgsl';
import reduceSource from '../../../shaders/gemm-reduce.wgsl';
import subgroupSource from '../../../shaders/gemm-subgroup.wgsl';
import differences from '../../../shaders/parts/gemm-difference.wgsl';
import products from '../../../shaders/parts/gemm-product.wgsl';
import rowsByQuads from '../../../shaders/parts/gemm-rows-quads.wgsl';
import rowsByScalars from '../../../shaders/parts/gemm-rows-scalars.wgsl';
import type { Commands } from '../../device/commands.ts';
import { defineKernel } from '../../device/kernel.ts';
import type { Tensor } from '../../device/tensor.ts';
import {
  componentPart,
  type MatrixTile,
  matrixTileColumns,
  matrixTileRows,
  matrixUnitConstants,
} from './matrix-tiles.ts';
import { PANEL_GAP, type PackedMatrix, storagePart } from './packed-matrix.ts';
import { type GemmSum, type GemmTile, tunedTile } from './tile.ts';

/** What may follow a sum, with its code in gemm-epilogue.wgsl. */
const ACTIVATIONS = { gelu: 1, quickGelu: 2, geluTanh: 3, tanh: 4 } as const;

export type Activation = keyof typeof ACTIVATIONS;

const epilogueParams = { hasBias: 'u32', activation: 'u32', addTo: 'u32' } as const;
const interfaceOf = {
  params: { M: 'u32', N: 'u32', K: 'u32', ...epilogueParams },
  bind: { x: 'read', w: 'read', bias: 'read', y: 'write' },
} as const;
const tileKernel = /* @__PURE__ */ defineKernel({ name: 'gemm', source: tileSource, ...interfaceOf });
const matrixKernel = /* @__PURE__ */ defineKernel({
  name: 'gemm-matrix',
  source: matrixSource,
  ...interfaceOf,
});
const subgroupKernel = /* @__PURE__ */ defineKernel({
  name: 'gemm-subgroup',
  source: subgroupSource,
  ...interfaceOf,
});
const reduceKernel = /* @__PURE__ */ defineKernel({
  name: 'gemm-reduce',
  source: reduceSource,
  params: { M: 'u32', N: 'u32', ...epilogueParams },
  bind: { partial: 'read', bias: 'read', y: 'write' },
});

/** The WGSL of `accumulate`. */
const accumulatePart: Readonly<Record<GemmSum, string>> = {
  products,
  'squared differences': differences,
};

/** One product of x `[M, K]` and w `[N, K]` into y `[M, N]`; `sum` and `epilogue` say what is summed and stored. */
export interface Gemm {
  readonly x: Tensor;
  readonly w: PackedMatrix;
  readonly y: Tensor;
  /** `[N]` */
  readonly bias?: Tensor;
  readonly activation?: Activation;
  /** Adds to what y holds. */
  readonly addTo?: boolean;
  readonly sum: GemmSum;
  /** The WGSL of `storeQuad`. */
  readonly epilogue: string;
  /** A prefix of the shape in profiles. */
  readonly detail?: string;
  /** Overrides the tuned choice. */
  readonly tile?: GemmTile;
}

/** Records the product with the tile tuned for the adapter and, if K is split, the sum of the parts. */
export function recordGemm(cmd: Commands, gemm: Gemm): void {
  const { x, w, y, sum, epilogue, detail = '' } = gemm;
  const { rows: N, cols: K, storage } = w;
  const M = x.size / K;
  const tile = gemm.tile ?? tunedTile(cmd.gpu, { M, N, K, storage, sum });
  const bias = gemm.bias ?? cmd.gpu.nothing;
  const ends = {
    hasBias: Number(gemm.bias !== undefined),
    activation: gemm.activation ? ACTIVATIONS[gemm.activation] : 0,
    addTo: Number(gemm.addTo ?? false),
  };
  const common = { params: { M, N, K, ...ends }, detail: `${detail}${M} x ${N} x ${K}` };
  const panels = Math.ceil(N / 4);
  if (tile.family === 'subgroup') {
    cmd.dispatch(subgroupKernel, {
      ...common,
      bind: { x, w: w.words, bias, y },
      parts: [storagePart[storage], accumulatePart[sum], epilogue],
      groups: [Math.ceil(panels / (2 * tile.subgroup)), Math.ceil(M / tile.rows)],
      constants: { SUBGROUP: tile.subgroup, ROWS: tile.rows, PANEL_GAP },
    });
    return;
  }
  const { splits } = tile;
  const rows = K % 4 === 0 ? rowsByQuads : rowsByScalars;
  cmd.scope(() => {
    const sums = splits > 1 ? cmd.alloc([splits, M, N]) : y;
    const bind = { x, w: w.words, bias, y: sums };
    if (tile.family === 'matrix') {
      cmd.dispatch(matrixKernel, {
        ...common,
        bind,
        parts: [componentPart[tile.component], rows, storagePart[storage], epilogue],
        groups: [Math.ceil(N / matrixTileColumns(tile)), Math.ceil(M / matrixTileRows(tile)), splits],
        constants: matrixConstants(tile),
      });
    } else {
      const { rows: ROWS, panels: PANELS, lanesM, lanesN, depth } = tile;
      cmd.dispatch(tileKernel, {
        ...common,
        bind,
        parts: [rows, storagePart[storage], accumulatePart[sum], epilogue],
        groups: [Math.ceil(panels / (lanesN * PANELS)), Math.ceil(M / (ROWS * lanesM)), splits],
        constants: { ROWS, PANELS, LANES_M: lanesM, LANES_N: lanesN, BK: depth, SPLITS: splits, PANEL_GAP },
      });
    }
    if (splits === 1) return;
    cmd.dispatch(reduceKernel, {
      bind: { partial: sums, bias, y },
      params: { M, N, ...ends },
      groups: Math.ceil((M * panels) / 64),
      constants: { SPLITS: splits },
      parts: [epilogue],
    });
  });
}

function matrixConstants(tile: MatrixTile): Record<string, number> {
  return {
    ...matrixUnitConstants(tile),
    TILES_M: tile.tilesM,
    TILES_N: tile.tilesN,
    SUBGROUPS_M: tile.subgroupsM,
    SUBGROUPS_N: tile.subgroupsN,
    SUBGROUP: tile.subgroup,
    BK: tile.depth,
    SPLITS: tile.splits,
    PANEL_GAP,
  };
}
