import type { Gpu } from '../device/gpu.ts';
import type { WeightStorage } from './packed-matrix.ts';
import { softwareSubgroup } from './software-subgroup.ts';

/** One way to lay a GEMM over the machine: which kernel, and how much of Y a lane keeps in registers. */
export type GemmTile =
  | {
      readonly family: 'tile';
      readonly rows: number;
      readonly lanesM: number;
      readonly lanesN: number;
      readonly depth: number;
    }
  | { readonly family: 'subgroup'; readonly subgroup: 4 | 8; readonly quads: 1 | 2 };

export interface GemmShape {
  readonly M: number;
  readonly N: number;
  readonly K: number;
  readonly storage: WeightStorage;
}

const TILES: readonly TileOf<'tile'>[] = [
  { family: 'tile', rows: 4, lanesM: 16, lanesN: 16, depth: 16 },
  { family: 'tile', rows: 8, lanesM: 8, lanesN: 16, depth: 16 },
  { family: 'tile', rows: 8, lanesM: 16, lanesN: 16, depth: 16 },
  { family: 'tile', rows: 4, lanesM: 8, lanesN: 8, depth: 16 },
];

/**
 * The tiles worth measuring on an adapter, the likeliest first. Few, since each costs a compilation. Software
 * adapters get the subgroup family, if every subgroup has the one size that a workgroup is made of.
 */
export function gemmCandidates({ info, device }: Gpu, { K }: Pick<GemmShape, 'K'>): readonly GemmTile[] {
  const subgroup = softwareSubgroup(info);
  if (subgroup && K % 4 === 0) {
    return [
      { family: 'subgroup', subgroup, quads: 2 },
      { family: 'subgroup', subgroup, quads: 1 },
    ];
  }
  return TILES.filter(({ lanesM, lanesN, rows, depth }) => {
    const { maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupStorageSize } = device.limits;
    const bytes = (lanesM * rows + lanesN * 4) * depth * 4;
    return lanesM * lanesN <= maxComputeInvocationsPerWorkgroup && bytes <= maxComputeWorkgroupStorageSize;
  });
}

type TileOf<F extends GemmTile['family']> = Extract<GemmTile, { family: F }>;

const tuned = new WeakMap<Gpu, Map<string, GemmTile>>();

/** Shapes that share a tile: the same weight, and few, some or many rows. */
export function shapeClass({ M, N, K, storage }: GemmShape): string {
  const rows = M <= 32 ? 'few' : M <= 512 ? 'some' : 'many';
  return `${N}x${K} ${storage} ${rows}`;
}

export function rememberTile(gpu: Gpu, shape: GemmShape, tile: GemmTile): void {
  const tiles = tuned.get(gpu) ?? new Map<string, GemmTile>();
  tuned.set(gpu, tiles.set(shapeClass(shape), tile));
}

/** The measured choice for the shape's class, else the likeliest candidate. */
export function tunedTile(gpu: Gpu, shape: GemmShape): GemmTile {
  const tile = tuned.get(gpu)?.get(shapeClass(shape)) ?? gemmCandidates(gpu, shape)[0];
  if (!tile) throw new RangeError('the device allows no workgroup that a GEMM tile fits in');
  return tile;
}
