import type { Gpu } from '../../device/gpu.ts';
import type { Tensor } from '../../device/tensor.ts';
import { type PackedMatrix, packedWords, type WeightStorage } from '../../kernels/gemm/packed-matrix.ts';
import { storeRows } from '../../kernels/gemm/repack.ts';
import { expectRowsFit, type TileLimits } from '../similarity/tiles.ts';

/** The most rows of a tile: of width 512 in f32 32 MB, and its scores for a thousand queries as much again. */
const MOST_ROWS = 16_384;
/** Rows are a multiple of this, which is a multiple of the kernels' tiles. */
const ROW_STEP = 64;

/** Consecutive rows of length 1 as the GEMM reads them: in GPU memory, or the same words on the host. */
export interface RowTile {
  readonly firstRow: number;
  readonly rows: number;
  readonly words: Tensor | Float32Array<ArrayBuffer>;
}

/** How all tiles of a set are stored. */
export interface TileFormat {
  /** A multiple of 4: rows are padded with zeros. */
  readonly dim: number;
  readonly storage: WeightStorage;
  /** Of every tile but the last. */
  readonly rows: number;
}

/** @param dim as padded @throws {DeviceLimitError} for rows too long for the smallest tile */
export function tileFormat(
  what: string,
  dim: number,
  storage: WeightStorage,
  limits: TileLimits & { readonly tileRows?: number },
): TileFormat {
  expectRowsFit(`${what}: a row (values)`, dim, limits, 'compare shorter vectors');
  const { bindingBytes, scoreBytes, tileRows = MOST_ROWS } = limits;
  const bindable = (bindingBytes * ROW_STEP) / (packedWords(ROW_STEP, dim, 'f32') * 4);
  const fitting = Math.min(bindable, scoreBytes / 4, tileRows);
  return { dim, storage, rows: Math.max(ROW_STEP, Math.floor(fitting / ROW_STEP) * ROW_STEP) };
}

export function tileBytes({ dim, storage }: TileFormat, rows: number): number {
  return packedWords(rows, dim, storage) * 4;
}

/** Memory for a tile. @throws {GpuOutOfMemoryError} */
export function allocTile(gpu: Gpu, { dim, storage }: TileFormat, rows: number): Promise<Tensor> {
  const words = packedWords(rows, dim, storage);
  return gpu.allocate([words], 'u32', 'search: rows');
}

/** Packs rows `[n, dim]` on the GPU into `words`. */
export async function fillTile(
  gpu: Gpu,
  { dim, storage }: TileFormat,
  words: Tensor,
  values: Float32Array,
): Promise<void> {
  const staging = await gpu.allocate([values.length / dim, dim], 'f32', 'search: new rows');
  try {
    await storeRows(gpu, staging, values, dim, { words, storage, order: 'panels', firstRow: 0 });
  } finally {
    gpu.free(staging);
  }
}

/** The words of a tile, as bits. */
export async function readTile(gpu: Gpu, words: Tensor): Promise<Float32Array<ArrayBuffer>> {
  return (await gpu.compute('search: to the host', () => ({ inputs: {}, outputs: { words } }))).words;
}

export function matrixOf({ dim, storage }: TileFormat, rows: number, words: Tensor): PackedMatrix {
  return { rows, cols: dim, storage, words };
}
