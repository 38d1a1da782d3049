import type { Gpu } from '../../device/gpu.ts';
import type { Tensor } from '../../device/tensor.ts';
import { throwIfAborted } from '../../errors.ts';
import { linear } from '../../kernels/gemm/gemm.ts';
import { steadyTile } from '../../kernels/gemm/tile.ts';
import { allocTopK, mergeTopK, readTopK } from '../../kernels/top-k.ts';
import type { PreparedRows } from '../similarity/rows.ts';
import type { TileLimits } from '../similarity/tiles.ts';
import type { BestRows } from './best-rows.ts';
import { allocTile, matrixOf, type RowTile, type TileFormat } from './row-tile.ts';

/** The most queries of a pass. */
const MOST_QUERIES = 1024;

export interface NearestOptions {
  readonly limits: TileLimits;
  readonly signal?: AbortSignal;
  /** Called with the cosines computed so far, and all of them. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** A tile whose words are in GPU memory. */
type TileOnGpu = RowTile & { readonly words: Tensor };

/** Merges the best rows of all tiles into `best`. Tiles on the host are uploaded one after the other. */
export async function nearestRows(
  gpu: Gpu,
  format: TileFormat,
  tiles: readonly RowTile[],
  queries: PreparedRows,
  best: BestRows,
  { limits, signal, onProgress }: NearestOptions,
): Promise<void> {
  const size = queriesAPass(format, queries.rows, best.k, limits);
  const stored = tiles.reduce((sum, { rows }) => sum + rows, 0);
  let done = 0;
  let visiting: Tensor | undefined;
  try {
    for (const group of groupsOf(tiles, limits.work / (size * format.dim))) {
      const onGpu: TileOnGpu[] = [];
      for (const tile of group) {
        const { words } = tile;
        if (words instanceof Float32Array) {
          visiting ??= await allocTile(gpu, format, format.rows);
          gpu.write(visiting, words);
          onGpu.push({ ...tile, words: visiting });
        } else onGpu.push({ ...tile, words });
      }
      await nearestInGroup(gpu, format, onGpu, queries, best, {
        size,
        signal,
        onPass: (cosines) => {
          done += cosines;
          onProgress?.(done, queries.rows * stored);
        },
      });
    }
  } finally {
    if (visiting) gpu.free(visiting);
  }
}

function queriesAPass(
  { rows, dim }: TileFormat,
  queries: number,
  k: number,
  { scoreBytes, work }: TileLimits,
): number {
  const fitting = Math.min(scoreBytes / (4 * rows), scoreBytes / (8 * k), work / (rows * dim));
  return Math.max(1, Math.min(queries, MOST_QUERIES, Math.floor(fitting)));
}

/** Tiles that one submission goes through: of those on the GPU as many as the work allows, of others one. */
function groupsOf(tiles: readonly RowTile[], mostRows: number): RowTile[][] {
  const groups: RowTile[][] = [];
  let rows = Number.POSITIVE_INFINITY;
  for (const tile of tiles) {
    const visits = tile.words instanceof Float32Array;
    if (visits || rows + tile.rows > mostRows) {
      groups.push([]);
      rows = 0;
    }
    groups.at(-1)?.push(tile);
    rows = visits ? Number.POSITIVE_INFINITY : rows + tile.rows;
  }
  return groups;
}

interface Passes {
  readonly size: number;
  readonly signal: AbortSignal | undefined;
  readonly onPass: (cosines: number) => void;
}

async function nearestInGroup(
  gpu: Gpu,
  format: TileFormat,
  tiles: readonly TileOnGpu[],
  queries: PreparedRows,
  best: BestRows,
  { size, signal, onPass }: Passes,
): Promise<void> {
  const { k } = best;
  const first = tiles[0]?.firstRow ?? 0;
  const stored = tiles.reduce((sum, { rows }) => sum + rows, 0);
  const program = await gpu.record('search', (cmd) => {
    const x = cmd.input([size, format.dim]);
    const lists = allocTopK(cmd, size, k);
    for (const { firstRow, rows, words } of tiles) {
      const weight = matrixOf(format, rows, words);
      const tile = steadyTile(gpu, { M: size, N: rows, K: format.dim, storage: format.storage });
      cmd.scope(() => {
        mergeTopK(cmd, linear(cmd, x, { weight }, { tile }), lists, {
          firstCol: firstRow - first,
          smallest: false,
        });
      });
    }
    return { inputs: { x }, outputs: { best: lists.best } };
  });
  try {
    for (let at = 0; at < queries.rows; at += size) {
      throwIfAborted(signal);
      const count = Math.min(size, queries.rows - at);
      const bits = (await program.run({ x: queries.read(at, count) })).best;
      const rows = new Uint32Array(count * k);
      const cosines = new Float32Array(count * k);
      readTopK(new Uint32Array(bits.buffer, bits.byteOffset, count * k * 2), false, rows, cosines);
      for (let i = 0; i < count; i++) {
        best.merge(at + i, first, rows.subarray(i * k, (i + 1) * k), cosines.subarray(i * k, (i + 1) * k));
      }
      onPass(count * stored);
    }
  } finally {
    program.destroy();
  }
}
