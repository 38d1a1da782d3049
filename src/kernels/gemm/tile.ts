import type { Gpu } from '../../device/gpu.ts';
import { softwareSubgroup } from '../../device/software.ts';
import { type MatrixTile, matrixTileBytes, matrixTileLanes, matrixTiles } from './matrix-tiles.ts';
import type { WeightStorage } from './packed-matrix.ts';

/** A GEMM's kernel family and its sizes: how much of Y a lane keeps in registers, how many lanes share a tile. */
export type GemmTile =
  | {
      readonly family: 'tile';
      readonly rows: number;
      /** Of four columns each. */
      readonly panels: number;
      readonly lanesM: number;
      readonly lanesN: number;
      readonly depth: number;
      /** Workgroups that share a tile, each with a part of K. */
      readonly splits: number;
    }
  | MatrixTile
  | { readonly family: 'subgroup'; readonly subgroup: 4 | 8; readonly rows: 8 | 16 | 24 | 40 };

/** What a GEMM sums over k: x w, so that it gives X W^T, or (x - w)^2, so that it gives squared distances. */
export type GemmSum = 'products' | 'squared differences';

export interface GemmShape {
  readonly M: number;
  readonly N: number;
  readonly K: number;
  readonly storage: WeightStorage;
  /** Default: products. */
  readonly sum?: GemmSum;
}

const TILES: readonly TileOf<'tile'>[] = [
  { family: 'tile', rows: 8, panels: 2, lanesM: 8, lanesN: 8, depth: 16, splits: 1 }, // 64 x 64
  { family: 'tile', rows: 8, panels: 2, lanesM: 16, lanesN: 16, depth: 16, splits: 1 }, // 128 x 128
  { family: 'tile', rows: 4, panels: 1, lanesM: 16, lanesN: 16, depth: 16, splits: 1 }, // 64 x 64
  { family: 'tile', rows: 4, panels: 1, lanesM: 8, lanesN: 8, depth: 16, splits: 1 }, // 32 x 32
];

/** Split-K tiles, for products with too few tiles to occupy a GPU. */
const SPLIT_TILES: readonly TileOf<'tile'>[] = [
  { family: 'tile', rows: 8, panels: 2, lanesM: 8, lanesN: 8, depth: 16, splits: 4 },
  { family: 'tile', rows: 4, panels: 1, lanesM: 8, lanesN: 8, depth: 16, splits: 8 },
];
/** Split-K tiles are candidates below this number of 32 x 32 tiles: about two per core of a large GPU. */
const FEW_TILES = 256;

/**
 * The candidate tiles on an adapter, the likeliest first. Few, since each costs a compilation. Software adapters get
 * the subgroup family if their subgroup size is fixed.
 */
export function gemmCandidates({ info, device }: Gpu, shape: GemmShape): readonly GemmTile[] {
  const { M, N, K, storage, sum = 'products' } = shape;
  const subgroup = softwareSubgroup(info);
  if (subgroup && K % 2 === 0) {
    return [40, 24, 16, 8].map((rows) => ({ family: 'subgroup', subgroup, rows }) as TileOf<'subgroup'>);
  }
  const few = Math.ceil(M / 32) * Math.ceil(N / 32) < FEW_TILES;
  const matrices = sum === 'products' ? matrixTiles(info, storage) : [];
  const split = matrices.slice(0, 1).map((tile) => ({ ...tile, splits: 4 }));
  const tiles = [...TILES, ...matrices, ...(few ? [...SPLIT_TILES, ...split] : [])];
  return tiles.filter((tile) => {
    const { maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupStorageSize } = device.limits;
    const [lanes, bytes] =
      tile.family === 'matrix'
        ? [matrixTileLanes(tile), matrixTileBytes(tile)]
        : [tileLanes(tile), tileBytes(tile)];
    return lanes <= maxComputeInvocationsPerWorkgroup && bytes <= maxComputeWorkgroupStorageSize;
  });
}

const tileLanes = ({ lanesM, lanesN }: TileOf<'tile'>) => lanesM * lanesN;
const tileBytes = ({ lanesM, rows, lanesN, panels, depth }: TileOf<'tile'>) =>
  (lanesM * rows + lanesN * panels * 4) * depth * 4;

type TileOf<F extends GemmTile['family']> = Extract<GemmTile, { family: F }>;

const tuned = new WeakMap<Gpu, Map<string, GemmTile>>();

/** Shapes that share a tile: the same weight and sum, and few, some or many rows. */
export function shapeClass({ M, N, K, storage, sum = 'products' }: GemmShape): string {
  const rows = M <= 32 ? 'few' : M <= 512 ? 'some' : 'many';
  return `${N}x${K} ${storage} ${rows}${sum === 'products' ? '' : ` ${sum}`}`;
}

export function rememberTile(gpu: Gpu, shape: GemmShape, tile: GemmTile): void {
  const tiles = tuned.get(gpu) ?? new Map<string, GemmTile>();
  tuned.set(gpu, tiles.set(shapeClass(shape), tile));
}

/** The measured choice for the shape's class; else the cheapest by number of rows, or the likeliest candidate. */
export function tunedTile(gpu: Gpu, shape: GemmShape): GemmTile {
  const candidates = gemmCandidates(gpu, shape);
  const tile = tuned.get(gpu)?.get(shapeClass(shape)) ?? cheapest(candidates, shape) ?? candidates[0];
  if (!tile) throw new RangeError('the device allows no workgroup that a GEMM tile fits in');
  return tile;
}

/**
 * A tile by which equal rows of w give equal values wherever they stand, in one matrix or in several: each sum goes through
 * k in order, whatever N is and whatever was measured.
 */
export function steadyTile(gpu: Gpu, shape: GemmShape): GemmTile {
  const candidates = gemmCandidates(gpu, shape).filter(
    (tile) => tile.family === 'subgroup' || (tile.family === 'tile' && tile.splits === 1),
  );
  const tile = cheapest(candidates, shape) ?? candidates.at(shape.M <= 32 ? -1 : 0);
  if (!tile) throw new RangeError('the device allows no workgroup that a GEMM tile fits in');
  return tile;
}

type RowCosts = Readonly<Record<TileOf<'subgroup'>['rows'], number>>;

/**
 * Relative cost of a row in a tile of the subgroup family: more rows share each load. With packed weights and eight
 * lanes, the code of 40 rows exceeds the instruction cache.
 */
const ROW_COSTS: RowCosts = { 8: 1.6, 16: 1.2, 24: 1.08, 40: 1 };
const ROW_COSTS_UNPACKED: RowCosts = { 8: 1.35, 16: 1.1, 24: 1, 40: 1.13 };

/**
 * The subgroup tile with the least work for M rows, including the last tile's rows beyond M. The costs were measured
 * beforehand on lavapipe and SwiftShader, where compiling candidates takes longer than a batch.
 */
function cheapest(candidates: readonly GemmTile[], { M, storage }: GemmShape): GemmTile | undefined {
  const costs = candidates.map((tile) => {
    if (tile.family !== 'subgroup') return Number.NaN;
    const costOf = tile.subgroup === 8 && storage !== 'f32' ? ROW_COSTS_UNPACKED : ROW_COSTS;
    return Math.ceil(M / tile.rows) * tile.rows * costOf[tile.rows];
  });
  return candidates[costs.indexOf(Math.min(...costs))];
}

/** Whether the tile must be measured, rather than chosen by the number of rows. */
export function worthTuning(gpu: Gpu, shape: GemmShape): boolean {
  return gemmCandidates(gpu, shape).some(({ family }) => family === 'tile');
}
