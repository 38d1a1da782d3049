import type { Gpu } from '../../device/gpu.ts';
import type { Program, Recording } from '../../device/program.ts';
import { throwIfAborted } from '../../errors.ts';
import { linear } from './gemm.ts';
import { packedWords } from './packed-matrix.ts';
import {
  type GemmShape,
  type GemmTile,
  gemmCandidates,
  rememberTile,
  shapeClass,
  worthTuning,
} from './tile.ts';
import { trustedTiles } from './trial.ts';

/** Where measured choices are kept between runs. */
export interface TuningCache {
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string): Promise<void>;
}

export interface TuningOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Timed runs of each candidate after a warm-up; the fastest counts, since noise only adds time. */
const RUNS = 3;
/** The most rows measured on software adapters, where a full pass takes seconds. */
const SOFTWARE_ROWS = 64;

/**
 * Chooses the tile of each shape class by measuring the candidates once on this adapter, and remembers the choice in
 * `cache`. No fixed tile comes near the best on every GPU. Shapes whose tile a rule chooses are skipped.
 */
export async function tuneGemm(
  gpu: Gpu,
  shapes: readonly GemmShape[],
  cache: TuningCache,
  { signal, onProgress }: TuningOptions = {},
): Promise<void> {
  const tunable = shapes.filter((shape) => worthTuning(gpu, shape));
  const classes = [...new Map(tunable.map((shape) => [shapeClass(shape), shape])).values()];
  for (const [done, shape] of classes.entries()) {
    throwIfAborted(signal);
    const candidates = gemmCandidates(gpu, shape);
    const key = cacheKey(gpu, shape, candidates);
    const known = candidates[Number((await cache.get(key)) ?? Number.NaN)];
    if (known) rememberTile(gpu, shape, known);
    else {
      const best = await fastest(gpu, shape, candidates);
      rememberTile(gpu, shape, best);
      await cache.set(key, String(candidates.indexOf(best)));
    }
    onProgress?.(done + 1, classes.length);
  }
}

/** The candidates are part of the key, so that a release with other candidates measures again. */
function cacheKey({ info }: Gpu, shape: GemmShape, candidates: readonly GemmTile[]): string {
  const tiles = candidates.map((tile) => Object.values(tile).join('.')).join(',');
  return `gemm ${info.vendor} ${info.architecture} ${info.description} | ${shapeClass(shape)} | ${tiles}`;
}

async function fastest(gpu: Gpu, shape: GemmShape, candidates: readonly GemmTile[]): Promise<GemmTile> {
  const trusted = await trustedTiles(gpu, shape, candidates);
  const times: number[] = [];
  for (const tile of trusted) times.push(await measure(gpu, shape, tile));
  const best = trusted[times.indexOf(Math.min(...times))];
  if (!best) throw new RangeError('there is no GEMM tile to measure');
  return best;
}

/** Milliseconds of the best run. */
async function measure(gpu: Gpu, { M, N, K, storage }: GemmShape, tile: GemmTile): Promise<number> {
  const rows = gpu.info.software ? Math.min(M, SOFTWARE_ROWS) : M;
  const words = await gpu.allocate([packedWords(N, K, storage)], 'u32', 'tuning weight');
  try {
    return await timed(
      await gpu.record('gemm tuning', (cmd) => {
        const x = cmd.input([rows, K]);
        linear(cmd, x, { weight: { rows: N, cols: K, storage, words } }, { tile });
        return { inputs: { x }, outputs: {} };
      }),
    );
  } finally {
    gpu.free(words);
  }
}

/** Milliseconds of the best run of a program, which is freed. */
async function timed(program: Program<Recording>): Promise<number> {
  try {
    await program.run();
    let best = Number.POSITIVE_INFINITY;
    for (let i = 0; i < RUNS; i++) {
      const start = performance.now();
      await program.run();
      best = Math.min(best, performance.now() - start);
    }
    return best;
  } finally {
    program.destroy();
  }
}
