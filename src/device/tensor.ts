import { ShapeError } from '../errors.ts';

export type ElementType = 'f32' | 'u32';
export type TypedArray = Float32Array | Uint32Array | Int32Array;

/** GPU memory behind one or more tensors. In a recording the buffer is set when the program is made. */
export interface TensorStorage {
  buffer: GPUBuffer | undefined;
}

/** A dense row-major array in GPU memory, four bytes an element. */
export interface Tensor {
  readonly shape: readonly number[];
  /** Number of elements: the product of `shape`. */
  readonly size: number;
  readonly type: ElementType;
  readonly storage: TensorStorage;
}

export const BYTES_PER_ELEMENT = 4;

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, length) => size * length, 1);
}

export function makeTensor(shape: readonly number[], type: ElementType, storage: TensorStorage): Tensor {
  return { shape, size: sizeOf(shape), type, storage };
}

/** The bytes a tensor takes in a buffer. */
export function byteLength(tensor: Tensor): number {
  return tensor.size * BYTES_PER_ELEMENT;
}

/** @throws {ShapeError} naming the first of `tensors` that is not of `shape` */
export function expectShape(
  operation: string,
  tensors: Readonly<Record<string, Tensor>>,
  shape: readonly number[],
): void {
  for (const [name, tensor] of Object.entries(tensors)) {
    const same =
      tensor.shape.length === shape.length && tensor.shape.every((length, i) => length === shape[i]);
    if (!same) throw new ShapeError(operation, name, `[${shape.join(', ')}]`, tensor.shape);
  }
}
