import componentF16 from '../../../shaders/parts/component-f16.wgsl';
import componentF32 from '../../../shaders/parts/component-f32.wgsl';
import type { DeviceInfo } from '../../device/adapter.ts';
import type { WeightStorage } from './packed-matrix.ts';

/** A matrix unit, which multiplies `[unitM, unitK]` by `[unitK, unitN]` at once. */
export interface MatrixUnit {
  /** Type of the factors; sums are in f32 with either. */
  readonly component: 'f16' | 'f32';
  readonly unitM: number;
  readonly unitN: number;
  readonly unitK: number;
}

/** The WGSL of `component`. */
export const componentPart: Readonly<Record<MatrixUnit['component'], string>> = {
  f16: componentF16,
  f32: componentF32,
};

/** The unit's sizes as constants of the kernel. */
export function matrixUnitConstants({ unitM, unitN, unitK }: MatrixUnit) {
  return { MAT_M: unitM, MAT_N: unitN, MAT_K: unitK };
}

/** A tile of the GEMM that runs on a GPU's matrix units. */
export interface MatrixTile extends MatrixUnit {
  readonly family: 'matrix';
  /** Unit-sized matrices of sums that a subgroup keeps. */
  readonly tilesM: number;
  readonly tilesN: number;
  readonly subgroupsM: number;
  readonly subgroupsN: number;
  /** The largest subgroup size. */
  readonly subgroup: number;
  readonly depth: number;
  readonly splits: number;
}

/** Side of the square of Y that a subgroup computes. A workgroup has 2 x 2 subgroups. */
const SIDES = [32, 64] as const;
const SUBGROUPS = 2;
const DEPTH = 32;

/**
 * The matrix unit to use for weights of this storage; undefined if the adapter has no fitting one. f32 weights are only
 * multiplied in f32; f16 weights in f16 where the sums can be in f32, else in f32.
 */
export function matrixUnit(
  { subgroupMatrices, features }: DeviceInfo,
  storage: WeightStorage,
): MatrixUnit | undefined {
  const halves = storage !== 'f32' && features.has('shader-f16');
  const summing = subgroupMatrices.filter((m) => m.resultComponentType === 'f32' && DEPTH % m.K === 0);
  for (const component of halves ? (['f16', 'f32'] as const) : (['f32'] as const)) {
    const found = summing.find(({ componentType }) => componentType === component);
    if (found) return { component, unitM: found.M, unitN: found.N, unitK: found.K };
  }
  return undefined;
}

/** The tiles worth considering on the adapter's matrix units. */
export function matrixTiles(info: DeviceInfo, storage: WeightStorage): MatrixTile[] {
  const unit = matrixUnit(info, storage);
  if (!unit) return [];
  return SIDES.filter((side) => side % unit.unitM === 0 && side % unit.unitN === 0).map((side) => ({
    family: 'matrix',
    ...unit,
    tilesM: side / unit.unitM,
    tilesN: side / unit.unitN,
    subgroupsM: SUBGROUPS,
    subgroupsN: SUBGROUPS,
    subgroup: info.subgroupMaxSize,
    depth: DEPTH,
    splits: 1,
  }));
}

/** Invocations of a workgroup. */
export const matrixTileLanes = ({ subgroupsM, subgroupsN, subgroup }: MatrixTile): number =>
  subgroupsM * subgroupsN * subgroup;

/** Rows and columns of Y that a workgroup computes. */
export const matrixTileRows = ({ subgroupsM, tilesM, unitM }: MatrixTile): number =>
  subgroupsM * tilesM * unitM;
export const matrixTileColumns = ({ subgroupsN, tilesN, unitN }: MatrixTile): number =>
  subgroupsN * tilesN * unitN;

/**
 * Bytes of workgroup memory: both factors with the kernel's padding of eight, and one unit-sized matrix per subgroup.
 */
export function matrixTileBytes(tile: MatrixTile): number {
  const rows = matrixTileRows(tile);
  const columns = matrixTileColumns(tile);
  const factors = rows * (tile.depth + 8) + tile.depth * (columns + 8);
  const finished = tile.subgroupsM * tile.subgroupsN * tile.unitM * tile.unitN;
  return factors * (tile.component === 'f16' ? 2 : 4) + finished * 4;
}
