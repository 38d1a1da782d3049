import { BufferUsage } from './flags.ts';
import type { Gpu } from './gpu.ts';

/** A program's mappable buffers: one for each run that may be in the queue at once. */
export class ReadBacks {
  /** All buffers, for the program to free. */
  readonly buffers: readonly GPUBuffer[];
  readonly #free: GPUBuffer[];
  readonly #waiting: ((buffer: GPUBuffer) => void)[] = [];

  constructor(gpu: Gpu, label: string, bytes: number, count: number) {
    const usage = BufferUsage.MAP_READ | BufferUsage.COPY_DST;
    this.buffers = Array.from({ length: count }, () => gpu.createBuffer(`${label}: read-back`, bytes, usage));
    this.#free = [...this.buffers];
  }

  /** A free buffer: synchronously if there is one, so that a run is submitted in the same turn. */
  take(): GPUBuffer | Promise<GPUBuffer> {
    return this.#free.pop() ?? new Promise((resolve) => this.#waiting.push(resolve));
  }

  give(buffer: GPUBuffer): void {
    const next = this.#waiting.shift();
    if (next) next(buffer);
    else this.#free.push(buffer);
  }
}
