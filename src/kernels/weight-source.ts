import type { Tensor } from '../device/tensor.ts';
import type { Linear } from './gemm/gemm.ts';
import type { WeightStorage } from './gemm/packed-matrix.ts';
import type { LayerNormWeights } from './layernorm.ts';

/** Reads weights from a checkpoint whose shapes have been checked. */
export interface WeightReader {
  shapeOf(tensor: string): readonly number[];
  /**
   * The tensor's values in order, `pieceValues` at a time, as f32.
   * @throws {BiomedClipError} for values that are not finite, or too large for an f16 `storage`
   */
  pieces(tensor: string, pieceValues: number, storage: WeightStorage): AsyncIterable<Float32Array>;
}

/** What a tower needs to build its weights. */
export interface WeightSource {
  /** Storage of the word table and of projections stored the other way; vectors and positions stay f32. */
  readonly tableStorage: WeightStorage;
  /** A layer's weight `[N, K]` (a convolution's further axes folded into K) and, if `bias`, its bias `[N]`. */
  linear(name: string, options?: { readonly bias?: boolean }): Promise<Linear>;
  /** Layers that read the same input as one: their weights `[N_i, K]` stacked to `[sum N_i, K]`. */
  stacked(names: readonly string[]): Promise<Linear>;
  /** A matrix stored the other way, `[K, N]`: rows are multiplied by it from the left, `x W`. */
  projection(tensor: string): Promise<Linear>;
  layerNorm(name: string): Promise<LayerNormWeights>;
  /** A row-major table `[rows, cols]`, f32 unless `storage` says otherwise. */
  table(name: string, storage?: WeightStorage): Promise<Tensor>;
  /** A table in f32 that `resize` makes of the tensor's values, with so many rows. */
  resized(
    name: string,
    rows: number,
    resize: (values: Float32Array) => Float32Array<ArrayBuffer>,
  ): Promise<Tensor>;
  /** Vectors, concatenated, in f32; only the first `length` values, if given. */
  vector(names: readonly string[], length?: number): Promise<Tensor>;
}
