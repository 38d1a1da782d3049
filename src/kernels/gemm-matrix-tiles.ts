import type { DeviceInfo, SubgroupMatrix } from '../device/adapter.ts';
import type { WeightStorage } from './packed-matrix.ts';

/** A tile of the GEMM that runs on a GPU's matrix units. */
export interface MatrixTile {
  readonly family: 'matrix';
  /** What the units multiply; sums are in f32 with either. */
  readonly component: 'f16' | 'f32';
  /** What a unit multiplies at once: `[unitM, unitK]` by `[unitK, unitN]`. */
  readonly unitM: number;
  readonly unitN: number;
  readonly unitK: number;
  /** Matrices of sums that a subgroup keeps. */
  readonly tilesM: number;
  readonly tilesN: number;
  readonly subgroupsM: number;
  readonly subgroupsN: number;
  /** The most lanes that a subgroup has. */
  readonly subgroup: number;
  readonly depth: number;
  readonly splits: number;
}

/** The part of Y that a subgroup takes, in rows and columns. A workgroup has four. */
const SIDES = [32, 64] as const;
const SUBGROUPS = 2;
const DEPTH = 32;

/**
 * What the adapter's matrix units multiply for weights of this storage; undefined where it has no fitting ones. f32
 * weights are only multiplied in f32; f16 weights in f16 where the sums can be in f32, else in f32.
 */
export function matrixUnit(
  { subgroupMatrices, features }: DeviceInfo,
  storage: WeightStorage,
): SubgroupMatrix | undefined {
  const allowed = storage === 'f32' || !features.has('shader-f16') ? ['f32'] : ['f16', 'f32'];
  return allowed
    .flatMap((type) => subgroupMatrices.filter(({ componentType }) => componentType === type))
    .find(({ resultComponentType, K }) => resultComponentType === 'f32' && DEPTH % K === 0);
}

/** The tiles worth considering on the adapter's matrix units. */
export function matrixTiles(info: DeviceInfo, storage: WeightStorage): MatrixTile[] {
  const unit = matrixUnit(info, storage);
  if (!unit) return [];
  return SIDES.filter((side) => side % unit.M === 0 && side % unit.N === 0).map((side) => ({
    family: 'matrix',
    component: unit.componentType === 'f16' ? 'f16' : 'f32',
    ...{ unitM: unit.M, unitN: unit.N, unitK: unit.K },
    ...{ tilesM: side / unit.M, tilesN: side / unit.N },
    ...{ subgroupsM: SUBGROUPS, subgroupsN: SUBGROUPS, subgroup: info.subgroupMaxSize },
    ...{ depth: DEPTH, splits: 1 },
  }));
}

/** Lanes of a workgroup. */
export const matrixTileLanes = ({ subgroupsM, subgroupsN, subgroup }: MatrixTile): number =>
  subgroupsM * subgroupsN * subgroup;

/** Rows and columns of Y that a workgroup takes. */
export const matrixTileRows = ({ subgroupsM, tilesM, unitM }: MatrixTile): number =>
  subgroupsM * tilesM * unitM;
export const matrixTileColumns = ({ subgroupsN, tilesN, unitN }: MatrixTile): number =>
  subgroupsN * tilesN * unitN;

/** Workgroup memory that it takes: both factors with the kernel's padding of eight, and a matrix of each subgroup. */
export function matrixTileBytes(tile: MatrixTile): number {
  const rows = matrixTileRows(tile);
  const columns = matrixTileColumns(tile);
  const factors = rows * (tile.depth + 8) + tile.depth * (columns + 8);
  const finished = tile.subgroupsM * tile.subgroupsN * tile.unitM * tile.unitN;
  return factors * (tile.component === 'f16' ? 2 : 4) + finished * 4;
}
