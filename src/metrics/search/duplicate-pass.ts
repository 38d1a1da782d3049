import type { Commands } from '../../device/commands.ts';
import type { Gpu } from '../../device/gpu.ts';
import type { Program } from '../../device/program.ts';
import type { Tensor } from '../../device/tensor.ts';
import { linear } from '../../kernels/gemm/gemm.ts';
import type { PackedMatrix } from '../../kernels/gemm/packed-matrix.ts';
import { steadyTile } from '../../kernels/gemm/tile.ts';
import { pairsAbove } from '../../kernels/pairs-above.ts';
import type { PreparedRows } from '../similarity/rows.ts';

/** Two rows that are alike. */
export interface DuplicatePair {
  /** Row of the first set. */
  readonly a: number;
  /** Row of the other set; within one set the later row. */
  readonly b: number;
  /** In f32, not clipped: rounding may give 1 + 1e-7. */
  readonly cosine: number;
}

export interface PassOptions {
  /** Only columns beyond the row. */
  readonly triangular: boolean;
  readonly threshold: number;
  /** Rows of a pass. */
  readonly size: number;
  /** Pairs of a pass; where there are more, its scores are read back. */
  readonly places: number;
}

/** Some rows with one tile of columns: what is alike, found on the GPU. */
export class DuplicatePass {
  #whole: Program<{ inputs: { x: Tensor }; outputs: { scores: Tensor } }> | undefined;

  private constructor(
    private readonly gpu: Gpu,
    private readonly matrix: PackedMatrix,
    private readonly firstCol: number,
    private readonly options: PassOptions,
    private readonly finding: Program<Finding>,
  ) {}

  static async record(
    gpu: Gpu,
    matrix: PackedMatrix,
    firstCol: number,
    options: PassOptions,
  ): Promise<DuplicatePass> {
    const { size, places } = options;
    const program = await gpu.record('duplicates', (cmd): Finding => {
      const x = cmd.input([size, matrix.cols]);
      const [range, count] = [cmd.input([2], 'u32'), cmd.input([1], 'u32')];
      const found = cmd.alloc([places, 3], 'u32');
      pairsAbove(cmd, scoresOf(cmd, x, matrix), { ...options, range, count, found, firstCol });
      return { inputs: { x, range, count }, outputs: { found, count } };
    });
    return new DuplicatePass(gpu, matrix, firstCol, options, program);
  }

  /** The pairs of `count` rows from `first` on, in any order. */
  async run(rows: PreparedRows, first: number, count: number): Promise<DuplicatePair[]> {
    const x = rows.read(first, count);
    const range = Uint32Array.of(first, count);
    const outputs = await this.finding.run({ x, range, count: Uint32Array.of(0) });
    const total = bitsOf(outputs.count)[0] ?? 0;
    if (total > this.options.places) return this.#fromScores(x, first, count);
    const [bits, cosines] = [bitsOf(outputs.found), outputs.found];
    return Array.from({ length: total }, (_, i) => ({
      a: bits[3 * i] ?? 0,
      b: bits[3 * i + 1] ?? 0,
      cosine: cosines[3 * i + 2] ?? 0,
    }));
  }

  destroy(): void {
    this.finding.destroy();
    this.#whole?.destroy();
  }

  async #fromScores(rows: Float32Array<ArrayBuffer>, first: number, count: number): Promise<DuplicatePair[]> {
    this.#whole ??= await this.gpu.record('duplicates: all', (cmd) => {
      const x = cmd.input([this.options.size, this.matrix.cols]);
      return { inputs: { x }, outputs: { scores: scoresOf(cmd, x, this.matrix) } };
    });
    const { scores } = await this.#whole.run({ x: rows });
    const least = Math.fround(this.options.threshold);
    const pairs: DuplicatePair[] = [];
    for (let i = 0; i < count * this.matrix.rows; i++) {
      const cosine = scores[i] ?? 0;
      if (cosine < least) continue;
      const [a, b] = [first + Math.floor(i / this.matrix.rows), this.firstCol + (i % this.matrix.rows)];
      if (!this.options.triangular || b > a) pairs.push({ a, b, cosine });
    }
    return pairs;
  }
}

interface Finding {
  readonly inputs: { readonly x: Tensor; readonly range: Tensor; readonly count: Tensor };
  readonly outputs: { readonly found: Tensor; readonly count: Tensor };
  readonly [part: string]: Readonly<Record<string, Tensor>>;
}

function scoresOf(cmd: Commands, x: Tensor, weight: PackedMatrix): Tensor {
  const { rows: N, cols: K, storage } = weight;
  return linear(cmd, x, { weight }, { tile: steadyTile(cmd.gpu, { M: x.size / K, N, K, storage }) });
}

function bitsOf({ buffer, byteOffset, length }: Float32Array<ArrayBuffer>): Uint32Array {
  return new Uint32Array(buffer, byteOffset, length);
}
