import type { Gpu } from './gpu.ts';
import type { ElementType, Tensor, TypedArray } from './tensor.ts';

/** The tensors of a phase, freed together by its caller, also after a failure. */
export class HeldTensors {
  readonly #tensors: Tensor[] = [];

  constructor(
    readonly gpu: Gpu,
    readonly label: string,
  ) {}

  /**
   * Runs `make` under `guard`, with this as owner of its tensors.
   * @throws {DeviceLimitError} @throws {GpuOutOfMemoryError}
   */
  allocate<T>(make: (held: this) => T): Promise<T> {
    return this.gpu.guard(this.label, () => make(this));
  }

  empty(shape: readonly number[], type: ElementType = 'f32'): Tensor {
    return this.#hold(this.gpu.empty(shape, type, this.label));
  }

  upload(data: TypedArray, shape?: readonly number[]): Tensor {
    return this.#hold(this.gpu.upload(data, shape, this.label));
  }

  /** Takes over what the other holds. */
  adopt(other: HeldTensors): void {
    this.#tensors.push(...other.#tensors.splice(0));
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
