import { byteLength, type ElementType, makeTensor, type Tensor, type TensorStorage } from './tensor.ts';

interface Slot {
  bytes: number;
  readonly storage: TensorStorage;
}

/**
 * Assigns a recording's tensors to few slots by their lifetimes. A slot becomes one buffer as large as its largest
 * tensor. (One buffer for all would be smaller, but WebGPU forbids a dispatch to read and write the same buffer, even
 * at distinct offsets.)
 */
export class MemoryPlan {
  readonly #slots: Slot[] = [];
  #free: Slot[] = [];
  readonly #scopes: Slot[][] = [[]];

  /** Memory that is never reused. */
  keep(shape: readonly number[], type: ElementType): Tensor {
    return this.#place(shape, type, []);
  }

  /** Memory that is free again when the innermost scope ends. */
  alloc(shape: readonly number[], type: ElementType): Tensor {
    return this.#place(shape, type, this.#free);
  }

  scope<T>(body: () => T): T {
    this.#scopes.push([]);
    try {
      return body();
    } finally {
      this.#free.push(...(this.#scopes.pop() ?? []));
    }
  }

  get slots(): readonly Readonly<Slot>[] {
    return this.#slots;
  }

  /** The smallest free slot that is large enough; else the largest free one, enlarged; else a new one. */
  #place(shape: readonly number[], type: ElementType, free: Slot[]): Tensor {
    const tensor = makeTensor(shape, type, { buffer: undefined });
    const bytes = byteLength(tensor);
    const bySize = [...free].sort((a, b) => a.bytes - b.bytes);
    const slot = bySize.find((candidate) => candidate.bytes >= bytes) ?? bySize.at(-1) ?? this.#newSlot();
    slot.bytes = Math.max(slot.bytes, bytes);
    if (free === this.#free) {
      this.#free = this.#free.filter((other) => other !== slot);
      this.#scopes.at(-1)?.push(slot);
    }
    return makeTensor(shape, type, slot.storage);
  }

  #newSlot(): Slot {
    const slot = { bytes: 0, storage: { buffer: undefined } };
    this.#slots.push(slot);
    return slot;
  }
}
