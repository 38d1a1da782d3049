import { BufferUsage } from '../device/flags.ts';
import type { Gpu } from '../device/gpu.ts';

const SMALLEST = 256;

/** Reused buffers by name, as large as the largest use so far, rounded up to a power of two. */
export class GrowingBuffers {
  readonly #buffers = new Map<string, GPUBuffer>();

  constructor(
    private readonly gpu: Gpu,
    private readonly label: string,
  ) {}

  /** A buffer of at least `bytes` bytes with undefined contents. Work queued on a smaller predecessor still runs. */
  get(name: string, bytes: number, usage: number = BufferUsage.STORAGE): GPUBuffer {
    const known = this.#buffers.get(name);
    if (known && known.size >= bytes) return known;
    const size = Math.max(SMALLEST, 2 ** Math.ceil(Math.log2(bytes)));
    const all = usage | BufferUsage.COPY_DST;
    const buffer = this.gpu.createKept(`${this.label}: ${name}`, size, all, (failed) => {
      if (this.#buffers.get(name) === failed) this.#buffers.delete(name);
    });
    if (known) this.gpu.destroyBuffer(known);
    this.#buffers.set(name, buffer);
    return buffer;
  }

  destroy(): void {
    for (const buffer of this.#buffers.values()) this.gpu.destroyBuffer(buffer);
    this.#buffers.clear();
  }
}
