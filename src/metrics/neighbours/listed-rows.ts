import listedSource from '../../../shaders/neighbours/listed.wgsl';
import type { Gpu } from '../../device/gpu.ts';
import { defineKernel } from '../../device/kernel.ts';
import { IN_FLIGHT, type Program } from '../../device/program.ts';
import { forAdapter, workgroupSize } from '../../device/software.ts';
import type { Tensor } from '../../device/tensor.ts';
import { throwIfAborted } from '../../errors.ts';
import { linear } from '../../kernels/gemm/gemm.ts';
import { packedWords } from '../../kernels/gemm/packed-matrix.ts';
import { steadyTile } from '../../kernels/gemm/tile.ts';
import type { MeasuredSets, Neighbours } from './exact.ts';
import { gatherRows, widthOf } from './gather.ts';
import type { Lists } from './lists.ts';
import { bindableRows } from './points.ts';

const listedKernel = /* @__PURE__ */ defineKernel({
  name: 'neighbours-listed',
  source: listedSource,
  params: { rows: 'u32', queries: 'u32', k: 'u32', same: 'u32' },
  bind: {
    dots: 'read',
    squares: 'read',
    querySquares: 'read',
    rowIds: 'read',
    queryIds: 'read',
    ids: 'write',
    distances: 'write',
  },
});

/** In place of an index: none. */
const NONE = 0xffffffff;
/**
 * Most rows and queries of a step, and the sizes between: a program is recorded for each that occurs. Rows are multiples
 * of a GEMM tile's.
 */
const MOST_ROWS = 240;
const ROW_STEP = 40;
const MOST_QUERIES = { software: 1024, hardware: 4096 };
const QUERY_STEP = { software: 128, hardware: 512 };

type StepRecording = { inputs: { rows: Tensor; queries: Tensor }; outputs: Record<never, Tensor> };

/** Offers the rows of lists to the queries that look into them: matrix products of some rows by some queries. */
export class ListedRows {
  readonly #programs = new Map<string, Program<StepRecording>>();
  readonly #gpu: Gpu;

  constructor(
    gpu: Gpu,
    private readonly sets: MeasuredSets,
    private readonly found: Neighbours,
    private readonly rows: Lists,
  ) {
    this.#gpu = gpu;
  }

  /** @param onProgress called with the share of the work that is done */
  async offer(
    visitors: Lists,
    { signal, onProgress }: { signal?: AbortSignal; onProgress?: (share: number) => void },
  ): Promise<void> {
    const underWay: Promise<unknown>[] = [];
    try {
      for (let list = 0; list < visitors.starts.length - 1; list++) {
        for (const { rows, queries } of this.#steps(list, visitors)) {
          throwIfAborted(signal);
          const program = await this.#program(rows.length, queries.length);
          if (underWay.length >= IN_FLIGHT) await underWay.shift();
          const run = program.run({ rows, queries });
          run.catch(() => {}); // awaited later, below
          underWay.push(run);
        }
        onProgress?.((visitors.starts[list + 1] ?? 0) / Math.max(1, visitors.members.length));
      }
      await Promise.all(underWay);
    } finally {
      await Promise.allSettled(underWay); // before anything is freed
    }
  }

  destroy(): void {
    for (const program of this.#programs.values()) program.destroy();
    this.#programs.clear();
  }

  *#steps(list: number, visitors: Lists) {
    const { limits } = this.#gpu;
    const bindable = Math.min(
      bindableRows(widthOf(this.sets.x), limits),
      limits.maxStorageBufferBindingSize / (4 * MOST_ROWS), // their products
    );
    const most = (rows: number) => Math.max(4, 4 * Math.floor(Math.min(rows, bindable) / 4));
    const queryStep = forAdapter(this.#gpu, QUERY_STEP);
    const queries = membersOf(visitors, list);
    for (const rows of cut(membersOf(this.rows, list), most(MOST_ROWS), ROW_STEP)) {
      for (const some of cut(queries, most(forAdapter(this.#gpu, MOST_QUERIES)), queryStep)) {
        yield { rows, queries: some };
      }
    }
  }

  async #program(rows: number, queries: number): Promise<Program<StepRecording>> {
    const key = `${rows} x ${queries}`;
    const known = this.#programs.get(key);
    if (known) return known;
    const program = await this.#record(rows, queries);
    this.#programs.set(key, program);
    return program;
  }

  #record(rowCount: number, queryCount: number): Promise<Program<StepRecording>> {
    const { x, queries: asked, squares, querySquares } = this.sets;
    const { k, ids, distances } = this.found;
    const cols = widthOf(x);
    // One tile for all sizes, since compiling another takes longer than it saves.
    const tile = steadyTile(this.#gpu, {
      M: MOST_ROWS,
      N: forAdapter(this.#gpu, MOST_QUERIES),
      K: cols,
      storage: 'f32',
    });
    const WORKGROUP = workgroupSize(this.#gpu, 64);
    return this.#gpu.record(
      'neighbours: lists',
      (cmd) => {
        const [rows, queries] = [cmd.input([rowCount], 'u32'), cmd.input([queryCount], 'u32')];
        const some = cmd.alloc([rowCount, cols]);
        gatherRows(cmd, x, rows, some, 'rows');
        const words = cmd.alloc([packedWords(queryCount, cols, 'f32')]);
        gatherRows(cmd, asked, queries, words, 'panels');
        const weight = { rows: queryCount, cols, storage: 'f32', words } as const;
        const dots = linear(cmd, some, { weight }, { tile }); // [rows, queries]
        cmd.dispatch(listedKernel, {
          bind: { dots, squares, querySquares, rowIds: rows, queryIds: queries, ids, distances },
          params: { rows: rowCount, queries: queryCount, k, same: Number(asked === x) },
          groups: Math.ceil(queryCount / WORKGROUP),
          constants: { WORKGROUP },
        });
        return { inputs: { rows, queries }, outputs: {} };
      },
      { inFlight: IN_FLIGHT },
    );
  }
}

function membersOf({ starts, members }: Lists, list: number): Uint32Array {
  return members.subarray(starts[list], starts[list + 1]);
}

/** Pieces of equal length, filled up with places for none to a multiple of the step. */
function cut(all: Uint32Array, most: number, step: number): Uint32Array[] {
  const pieces = Math.ceil(all.length / most);
  const each = Math.min(most, step * Math.ceil(all.length / pieces / step));
  return Array.from({ length: Math.ceil(all.length / each) || 0 }, (_, i) => {
    const piece = new Uint32Array(each).fill(NONE);
    piece.set(all.subarray(i * each, (i + 1) * each));
    return piece;
  });
}
