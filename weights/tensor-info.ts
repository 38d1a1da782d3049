/** Element types as safetensors names them; a torch storage type maps to the same names. */
export type TensorDtype = 'F64' | 'F32' | 'F16' | 'BF16' | 'I64' | 'I32' | 'I16' | 'I8' | 'U8' | 'BOOL';

/** Bytes an element. */
export const DTYPE_BYTES: Readonly<Record<TensorDtype, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
};

export function isDtype(value: unknown): value is TensorDtype {
  return typeof value === 'string' && Object.hasOwn(DTYPE_BYTES, value);
}

/** A tensor's description in a checkpoint's header. */
export interface TensorInfo {
  readonly name: string;
  readonly dtype: TensorDtype;
  /** Empty for a scalar. */
  readonly shape: readonly number[];
  /** The tensor's data, contiguous, row-major, little-endian. */
  readonly byteLength: number;
}

/** An open weights file. Tensors are read by byte ranges, so that none must be in memory whole. */
export interface Checkpoint {
  /** Its name in error messages. */
  readonly file: string;
  readonly format: 'safetensors' | 'torch-zip';
  /** In the file's order. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /** A safetensors file's `__metadata__`. */
  readonly metadata?: Readonly<Record<string, string>>;
  /**
   * `length` bytes of a tensor's data from byte `offset` of it.
   * @throws {UnknownTensorError} if there is no such tensor
   * @throws {TensorRangeError} if the range leaves the tensor
   */
  read(tensor: string, offset: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** The number of elements of a shape; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
