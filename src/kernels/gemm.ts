import tileSource from '../../shaders/gemm.wgsl';
import epilogue from '../../shaders/gemm-epilogue.wgsl';
import product from '../../shaders/gemm-product.wgsl';
import subgroupSource from '../../shaders/gemm-subgroup.wgsl';
import type { Commands } from '../device/commands.ts';
import { defineKernel } from '../device/kernel.ts';
import type { Tensor } from '../device/tensor.ts';
import { ShapeError } from '../errors.ts';
import { expectShape } from './expect-shape.ts';
import { type GemmTile, tunedTile } from './gemm-tile.ts';
import { type PackedMatrix, storageFragment } from './packed-matrix.ts';

const interfaceOf = {
  params: { M: 'u32', N: 'u32', K: 'u32', hasBias: 'u32', gelu: 'u32', addTo: 'u32' },
  bind: { x: 'read', w: 'read', bias: 'read', y: 'write' },
} as const;
const tileKernel = defineKernel({ name: 'gemm', source: tileSource, ...interfaceOf });
const subgroupKernel = defineKernel({ name: 'gemm-subgroup', source: subgroupSource, ...interfaceOf });

/** A layer's weight `[N, K]` and bias `[N]`. */
export interface Linear {
  readonly weight: PackedMatrix;
  readonly bias?: Tensor;
}

export interface LinearOptions {
  readonly activation?: 'gelu';
  /** Adds the result to this `[..., N]` in place instead of allocating. */
  readonly addTo?: Tensor;
  /** Overrides the tuned choice; for the tuner and for tests. */
  readonly tile?: GemmTile;
}

/**
 * Records `x W^T + bias` for x `[..., K]`, as torch.nn.functional.linear, with GELU or a residual addition fused.
 * Gives `[..., N]`. Sums are in f32 whatever the weights' storage.
 * @throws {ShapeError} unless x ends in K, bias is `[N]` and addTo is `[..., N]`
 */
export function linear(
  gpu: Commands,
  x: Tensor,
  { weight, bias }: Linear,
  options: LinearOptions = {},
): Tensor {
  const { rows: N, cols: K } = weight;
  if (x.shape.at(-1) !== K) throw new ShapeError('linear', 'x', `[..., ${K}]`, x.shape);
  const M = x.size / K;
  const shape = [...x.shape.slice(0, -1), N];
  if (bias) expectShape('linear', { bias }, [N]);
  if (options.addTo) expectShape('linear', { addTo: options.addTo }, shape);

  const y = options.addTo ?? gpu.alloc(shape);
  const tile = options.tile ?? tunedTile(gpu.gpu, { M, N, K, storage: weight.storage });
  const { kernel, constants, groups } = layOut(tile, M, N);
  gpu.run(kernel, {
    bind: { x, w: weight.words, bias: bias ?? gpu.gpu.nothing, y },
    params: {
      M,
      N,
      K,
      hasBias: Number(bias !== undefined),
      gelu: Number(options.activation === 'gelu'),
      addTo: Number(options.addTo !== undefined),
    },
    groups,
    detail: `${M} x ${N} x ${K}`,
    constants,
    fragments: [storageFragment[weight.storage], product, epilogue],
  });
  return y;
}

/** How a tile becomes a dispatch. */
export interface GemmLayout {
  readonly kernel: typeof tileKernel;
  readonly constants: Readonly<Record<string, number>>;
  readonly groups: readonly [number, number];
}

export function layOut(tile: GemmTile, M: number, N: number): GemmLayout {
  const panels = Math.ceil(N / 4);
  if (tile.family === 'subgroup') {
    const { subgroup, rows } = tile;
    return {
      kernel: subgroupKernel,
      constants: { SUBGROUP: subgroup, ROWS: rows },
      groups: [Math.ceil(panels / subgroup), Math.ceil(M / rows)],
    };
  }
  const { rows, lanesM, lanesN, depth } = tile;
  return {
    kernel: tileKernel,
    constants: { ROWS: rows, LANES_M: lanesM, LANES_N: lanesN, BK: depth },
    groups: [Math.ceil(panels / lanesN), Math.ceil(M / (rows * lanesM))],
  };
}
