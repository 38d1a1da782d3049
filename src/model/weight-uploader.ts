import { layerTensors } from '../../weights/tensor-names.ts';
import type { Gpu } from '../device/gpu.ts';
import { type ElementType, sizeOf, type Tensor } from '../device/tensor.ts';
import { ShapeError } from '../errors.ts';
import type { Linear } from '../kernels/gemm/gemm.ts';
import { type PackedMatrix, packedWords, type WeightStorage } from '../kernels/gemm/packed-matrix.ts';
import { type RepackTarget, storeRows } from '../kernels/gemm/repack.ts';
import type { LayerNormWeights } from '../kernels/layernorm.ts';
import type { WeightReader, WeightSource } from '../kernels/weight-source.ts';
import { concatenate } from '../platform/concatenate.ts';

/** Values that go to the GPU at once (8 MB): host memory stays small whatever the tensor's size. */
const PIECE_VALUES = 2 * 1024 * 1024;

/** Brings a checkpoint's tensors into GPU memory, piece by piece, in the order that the kernels read. */
export class WeightUploader implements WeightSource {
  /** Everything uploaded so far, to be freed with the model. */
  readonly tensors: Tensor[] = [];
  #staging: Tensor | undefined;

  constructor(
    private readonly gpu: Gpu,
    private readonly reader: WeightReader,
    /** Storage of matrices; vectors and positions stay f32. */
    readonly storage: WeightStorage,
    readonly tableStorage: WeightStorage = storage,
  ) {}

  /** A layer's weight `[N, K]` (a convolution's further axes folded into K) and, if `bias`, its bias `[N]`. */
  async linear(name: string, { bias = true } = {}): Promise<Linear> {
    const tensors = layerTensors(name);
    const weight = await this.matrix([tensors.weight]);
    return bias ? { weight, bias: await this.vector([tensors.bias]) } : { weight };
  }

  /** A matrix stored as `[K, N]`, transposed on the host: no published one has more than 10 MB. */
  async projection(tensor: string): Promise<Linear> {
    const storage = this.tableStorage;
    const [cols = 1, rows = 1] = this.reader.shapeOf(tensor);
    const values = new Float32Array(rows * cols);
    let at = 0;
    for await (const piece of this.reader.pieces(tensor, PIECE_VALUES, storage)) {
      for (const value of piece) {
        values[(at % rows) * cols + Math.floor(at / rows)] = value;
        at += 1;
      }
    }
    const words = await this.#allocate(tensor, [packedWords(rows, cols, storage)]);
    await storeRows(this.gpu, await this.#stagingFor(values.length), values, cols, {
      words,
      storage,
      order: 'panels',
      firstRow: 0,
    });
    return { weight: { rows, cols, storage, words } };
  }

  /** Layers that read the same input as one: their weights `[N_i, K]` stacked to `[sum N_i, K]`. */
  async stacked(names: readonly string[]): Promise<Linear> {
    const weight = await this.matrix(names.map((name) => `${name}.weight`));
    return { weight, bias: await this.vector(names.map((name) => `${name}.bias`)) };
  }

  async layerNorm(name: string): Promise<LayerNormWeights> {
    return { weight: await this.vector([`${name}.weight`]), bias: await this.vector([`${name}.bias`]) };
  }

  /**
   * A row-major table `[rows, cols]`, f32 unless `storage` says otherwise.
   * @throws {ShapeError} unless cols is a multiple of 4
   */
  async table(name: string, storage: WeightStorage = 'f32'): Promise<Tensor> {
    const shape = this.reader.shapeOf(name);
    const cols = shape.at(-1) ?? 1;
    if (cols % 4 !== 0) throw new ShapeError('table', name, '[rows, a multiple of 4]', shape);
    const rows = sizeOf(shape) / cols;
    const words = await this.#allocate(name, storage === 'f32' ? [rows, cols] : [rows, cols / 2]);
    await this.#fill(name, rows, cols, { words, storage, order: 'rows', firstRow: 0 });
    return words;
  }

  /** A table in f32 that `resize` makes of the tensor's values, on the host: positions have a few MB. */
  async resized(
    name: string,
    rows: number,
    resize: (values: Float32Array) => Float32Array<ArrayBuffer>,
  ): Promise<Tensor> {
    const parts: Float32Array[] = [];
    for await (const piece of this.reader.pieces(name, PIECE_VALUES, 'f32')) parts.push(piece);
    const values = resize(concatenate(parts));
    const cols = values.length / rows;
    const words = await this.#allocate(name, [rows, cols]);
    const target: RepackTarget = { words, storage: 'f32', order: 'rows', firstRow: 0 };
    await storeRows(this.gpu, await this.#stagingFor(values.length), values, cols, target);
    return words;
  }

  /** Vectors, concatenated, in f32; only the first `length` values, if given. */
  async vector(names: readonly string[], length?: number): Promise<Tensor> {
    const parts: Float32Array[] = [];
    for (const name of names) {
      for await (const piece of this.reader.pieces(name, PIECE_VALUES, 'f32')) parts.push(piece);
    }
    const values = concatenate(parts).subarray(0, length);
    return this.#allocate(names[0] ?? '', [values.length], 'f32', values);
  }

  /** Matrices `[N_i, K]`, further axes folded into K, stacked. @throws {ShapeError} unless their rows fill panels */
  async matrix(names: readonly string[]): Promise<PackedMatrix> {
    const { storage } = this;
    const parts = names.map((name) => this.#matrixPart(name));
    const cols = parts[0]?.cols ?? 0;
    const rows = parts.reduce((sum, part) => sum + part.rows, 0);
    const misfit = parts.find(
      (part, i) => part.cols !== cols || (part.rows % 4 !== 0 && i < parts.length - 1),
    );
    if (misfit) throw new ShapeError('stacked', misfit.name, `[a multiple of 4, ${cols}]`, misfit.shape);
    const words = await this.#allocate(names[0] ?? '', [packedWords(rows, cols, storage)]);
    let firstRow = 0;
    for (const part of parts) {
      await this.#fill(part.name, part.rows, cols, { words, storage, order: 'panels', firstRow });
      firstRow += part.rows;
    }
    return { rows, cols, storage, words };
  }

  /** Frees the staging buffer. */
  finish(): void {
    if (this.#staging) this.gpu.free(this.#staging);
    this.#staging = undefined;
  }

  #matrixPart(name: string) {
    const shape = this.reader.shapeOf(name);
    const [rows = 1] = shape;
    return { name, shape, rows, cols: sizeOf(shape) / rows };
  }

  /** @throws {GpuOutOfMemoryError} for a model too large for the GPU */
  async #allocate(
    name: string,
    shape: readonly number[],
    type: ElementType = 'u32',
    data?: Float32Array<ArrayBuffer>,
  ): Promise<Tensor> {
    const advice = "use a dtype of fewer bits ('f16', 'q8'), or free what else the GPU holds";
    const tensor = await this.gpu.allocate(shape, type, name, { advice, data });
    this.tensors.push(tensor);
    return tensor;
  }

  /** Whole rows a piece, four at least, so that a panel never straddles two pieces. */
  async #fill(name: string, rows: number, cols: number, target: RepackTarget): Promise<void> {
    const rowsPerPiece = Math.max(4, Math.floor(PIECE_VALUES / cols / 4) * 4);
    let { firstRow } = target;
    for await (const piece of this.reader.pieces(name, rowsPerPiece * cols, target.storage)) {
      const staging = await this.#stagingFor(Math.min(rowsPerPiece, rows) * cols);
      await storeRows(this.gpu, staging, piece, cols, { ...target, firstRow });
      firstRow += piece.length / cols;
    }
  }

  async #stagingFor(values: number): Promise<Tensor> {
    if (this.#staging && this.#staging.size >= values) return this.#staging;
    this.finish();
    const shape = [Math.max(values, PIECE_VALUES)];
    this.#staging = await this.gpu.allocate(shape, 'f32', 'weight staging');
    return this.#staging;
  }
}
