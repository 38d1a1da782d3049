import { TensorRangeError, UnknownTensorError } from './errors.ts';
import type { TensorInfo } from './tensor-info.ts';

/** The tensor of that name. @throws {UnknownTensorError} if there is none */
export function tensorNamed<T extends TensorInfo>(
  { file, tensors }: { readonly file: string; readonly tensors: ReadonlyMap<string, T> },
  name: string,
): T {
  const tensor = tensors.get(name);
  if (!tensor) throw new UnknownTensorError(file, name);
  return tensor;
}

/**
 * The tensor of which a checkpoint is asked for `length` bytes from `offset`.
 * @throws {UnknownTensorError} if there is no such tensor
 * @throws {TensorRangeError} if the range leaves the tensor
 */
export function tensorForRange<T extends TensorInfo>(
  file: string,
  tensors: ReadonlyMap<string, T>,
  name: string,
  offset: number,
  length: number,
): T {
  const tensor = tensorNamed({ file, tensors }, name);
  if (!(offset >= 0 && length >= 0 && offset + length <= tensor.byteLength)) {
    throw new TensorRangeError(file, name, offset, length, tensor.byteLength);
  }
  return tensor;
}
