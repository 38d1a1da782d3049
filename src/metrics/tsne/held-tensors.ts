import type { Gpu } from '../../device/gpu.ts';
import type { ElementType, Tensor, TypedArray } from '../../device/tensor.ts';

/** The tensors of a phase, which whoever began it frees all at once, also where something failed in between. */
export class HeldTensors {
  readonly #tensors: Tensor[] = [];

  constructor(
    readonly gpu: Gpu,
    readonly label: string,
  ) {}

  /** What `make` makes here. @throws {DeviceLimitError} @throws {GpuOutOfMemoryError} */
  allocate<T>(make: (held: this) => T): Promise<T> {
    return this.gpu.guard(this.label, () => make(this));
  }

  empty(shape: readonly number[], type: ElementType = 'f32'): Tensor {
    return this.#hold(this.gpu.empty(shape, type, this.label));
  }

  upload(data: TypedArray, shape?: readonly number[]): Tensor {
    return this.#hold(this.gpu.upload(data, shape, this.label));
  }

  /** Idempotent. */
  free(): void {
    for (const tensor of this.#tensors.splice(0)) this.gpu.free(tensor);
  }

  #hold(tensor: Tensor): Tensor {
    this.#tensors.push(tensor);
    return tensor;
  }
}
