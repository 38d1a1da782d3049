import type { Tensor } from '../device/tensor.ts';
import { ShapeError } from '../errors.ts';

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
