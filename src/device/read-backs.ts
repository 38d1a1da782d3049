import { BufferUsage } from './flags.ts';
import type { Gpu } from './gpu.ts';

/** The mappable buffers of a program: one for each run that may be under way at once. */
export class ReadBacks {
  /** All of them, for whoever frees them. */
  readonly buffers: readonly GPUBuffer[];
  readonly #free: GPUBuffer[];
  readonly #waiting: ((buffer: GPUBuffer) => void)[] = [];

  constructor(gpu: Gpu, label: string, bytes: number, count: number) {
    const usage = BufferUsage.MAP_READ | BufferUsage.COPY_DST;
    this.buffers = Array.from({ length: count }, () => gpu.createBuffer(`${label}: read-back`, bytes, usage));
    this.#free = [...this.buffers];
  }

  /** One that is free, at once where there is one, so that a run is submitted when it is called for. */
  take(): GPUBuffer | Promise<GPUBuffer> {
    return this.#free.pop() ?? new Promise((resolve) => this.#waiting.push(resolve));
  }

  give(buffer: GPUBuffer): void {
    const next = this.#waiting.shift();
    if (next) next(buffer);
    else this.#free.push(buffer);
  }
}
