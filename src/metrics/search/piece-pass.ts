import type { Recorder } from '../../device/commands.ts';
import type { Gpu } from '../../device/gpu.ts';
import { IN_FLIGHT, type Program } from '../../device/program.ts';
import { StagingRing } from '../../device/staging-ring.ts';
import { throwIfAborted } from '../../errors.ts';
import { linear } from '../../kernels/gemm/gemm.ts';
import { NO_FAULT, packRows, storedWords } from '../../kernels/gemm/pack-rows.ts';
import { steadyTile } from '../../kernels/gemm/tile.ts';
import { emptyTopK, mergeTopK } from '../../kernels/top-k.ts';
import { paddedDim } from '../similarity/rows.ts';
import { expectSoundRows } from './row-faults.ts';
import type { RowSource } from './row-source.ts';

export interface PassOptions {
  readonly k: number;
  /** Queries. */
  readonly count: number;
  readonly pieceRows: number;
}

/** A piece of a file, staged for the GPU. */
interface Piece {
  readonly staging: GPUBuffer;
  /** Of the piece, up to a whole word. */
  readonly bytes: number;
  readonly first: number;
  readonly count: number;
}

/** Some queries against all rows of a file: one recorded program, run for each piece. */
export class PiecePass {
  readonly #ring: StagingRing;
  /** Runs in the queue, the oldest first. */
  readonly #inFlight: Promise<void>[] = [];

  private constructor(
    private readonly gpu: Gpu,
    private readonly rows: RowSource,
    private readonly program: Program<ReturnType<typeof recordPass>>,
    private readonly options: PassOptions,
  ) {
    this.#ring = new StagingRing(gpu, 'search rows');
  }

  /**
   * Goes through the file, and gives the lists `[count, k, 2]` as `readTopK` takes them.
   * @param x queries of length 1, `[count, paddedDim]`
   * @param onRows called with the rows compared so far
   */
  static async through(
    gpu: Gpu,
    rows: RowSource,
    x: Float32Array<ArrayBuffer>,
    options: PassOptions,
    signal: AbortSignal | undefined,
    onRows: (rows: number) => void,
  ): Promise<Uint32Array<ArrayBuffer>> {
    const pass = await PiecePass.#open(gpu, rows, x, options);
    try {
      return await pass.#run(signal, onRows);
    } finally {
      await pass.#close();
    }
  }

  static async #open(
    gpu: Gpu,
    rows: RowSource,
    x: Float32Array<ArrayBuffer>,
    options: PassOptions,
  ): Promise<PiecePass> {
    const program = await gpu.record('search rows', (cmd) => recordPass(cmd, rows, options), {
      inFlight: IN_FLIGHT,
    });
    const { inputs } = program.recording;
    gpu.write(inputs.x, x);
    gpu.write(inputs.best, emptyTopK(options.count, options.k));
    return new PiecePass(gpu, rows, program, options);
  }

  /** While the GPU compares a piece the next is in its queue, and the one after it is read. */
  async #run(
    signal: AbortSignal | undefined,
    onRows: (rows: number) => void,
  ): Promise<Uint32Array<ArrayBuffer>> {
    const { rows } = this.rows;
    const { pieceRows } = this.options;
    let next = this.#read(0);
    for (let first = 0; first < rows; first += pieceRows) {
      const bytes = await next;
      next = this.#read(first + pieceRows);
      throwIfAborted(signal);
      if (this.#inFlight.length >= IN_FLIGHT) await this.#inFlight.shift();
      const piece = await this.#stage(bytes, first);
      const run = this.#compare(piece).then(() => onRows(first + piece.count));
      run.catch(() => {}); // awaited later, unless something else fails first
      this.#inFlight.push(run);
    }
    while (this.#inFlight.length > 0) await this.#inFlight.shift();
    throwIfAborted(signal);
    const { best } = this.program.recording.inputs;
    const read = await this.gpu.compute('search rows: lists', () => ({ inputs: {}, outputs: { best } }));
    return new Uint32Array(read.best.buffer, read.best.byteOffset, read.best.length);
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#inFlight);
    this.program.destroy();
    this.#ring.destroy();
  }

  /** The piece that begins at a row; nothing behind the last. */
  #read(first: number): Promise<Uint8Array> {
    const count = Math.min(this.options.pieceRows, this.rows.rows - first);
    const bytes = count > 0 ? this.rows.read(first, count) : Promise.resolve(new Uint8Array());
    bytes.catch(() => {}); // awaited later, unless something else fails first
    return bytes;
  }

  async #stage(piece: Uint8Array, first: number): Promise<Piece> {
    const bytes = Math.ceil(piece.length / 4) * 4;
    const staging = await this.#ring.take(bytes);
    new Uint8Array(staging.getMappedRange(0, bytes)).set(piece);
    staging.unmap();
    return { staging, bytes, first, count: Math.min(this.options.pieceRows, this.rows.rows - first) };
  }

  /** Submitted before this returns. @throws {NonFiniteVectorError} @throws {ZeroVectorError} */
  async #compare({ staging, bytes, first, count }: Piece): Promise<void> {
    const { stored } = this.program.recording.inputs;
    const run = this.program.run(
      { range: Uint32Array.of(first, count), faults: Uint32Array.of(NO_FAULT, NO_FAULT) },
      (encoder) => {
        const { buffer } = stored.storage;
        if (buffer) encoder.copyBufferToBuffer(staging, 0, buffer, 0, bytes);
      },
    );
    this.#ring.give(staging);
    const { faults } = await run;
    await expectSoundRows(this.rows, new Uint32Array(faults.buffer, faults.byteOffset, faults.length));
  }
}

function recordPass(cmd: Recorder, { dim, dtype }: RowSource, { k, count, pieceRows: rows }: PassOptions) {
  const cols = paddedDim(dim);
  const inputs = {
    stored: cmd.input([storedWords(rows, dim, dtype)], 'u32'),
    x: cmd.input([count, cols]),
    range: cmd.input([2], 'u32'),
    faults: cmd.input([2], 'u32'),
    best: cmd.input([count, k, 2], 'u32'),
  };
  const { stored, x, range, faults, best } = inputs;
  const spare = cmd.alloc([count, k, 2], 'u32');
  const { matrix, scales } = packRows(cmd, { stored, dtype, dim, rows, range, faults }, cols);
  const tile = steadyTile(cmd.gpu, { M: count, N: rows, K: cols, storage: matrix.storage });
  const scores = linear(cmd, x, { weight: matrix }, { tile });
  mergeTopK(cmd, scores, { best, spare }, { firstCol: 0, smallest: false, piece: { range, scales } });
  return { inputs, outputs: { faults } };
}
