import { BufferUsage, MAP_MODE_WRITE } from './flags.ts';
import type { Gpu } from './gpu.ts';
import { IN_FLIGHT } from './program.ts';

const SMALLEST = 256;

/**
 * Mapped buffers for uploads, reused in turn. Writing into them copies the data once; `writeBuffer` copies it twice,
 * into newly allocated memory each time (2.6 times as long for 8 MB).
 */
export class StagingRing {
  /** Least recently used first. Each is as large as the largest upload so far, rounded up to a power of two. */
  #idle: GPUBuffer[] = [];
  readonly #all = new Set<GPUBuffer>();
  #size = SMALLEST;

  constructor(
    private readonly gpu: Gpu,
    private readonly label: string,
  ) {}

  /** A buffer mapped for writing. After unmapping it and recording the copy from it, hand it to `give`. */
  async take(bytes: number): Promise<GPUBuffer> {
    this.#size = Math.max(this.#size, 2 ** Math.ceil(Math.log2(bytes)));
    const outgrown = this.#idle.filter(({ size }) => size < this.#size);
    const spare = this.#idle.filter(({ size }) => size >= this.#size);
    this.#idle = spare.slice(-IN_FLIGHT);
    for (const buffer of [...outgrown, ...spare.slice(0, -IN_FLIGHT)]) this.#drop(buffer);
    const buffer = this.#all.size >= IN_FLIGHT ? this.#idle.shift() : undefined;
    if (!buffer) return this.#create();
    if (buffer.mapState === 'unmapped') await this.#map(buffer);
    return buffer;
  }

  /** Returns a buffer. Call it, and submit the copy, before the next `take`. */
  give(buffer: GPUBuffer): void {
    this.#idle.push(buffer);
  }

  destroy(): void {
    for (const buffer of this.#all) this.gpu.destroyBuffer(buffer);
    this.#all.clear();
    this.#idle = [];
  }

  /** Frees a buffer that was taken and, after a failure, is not given back. */
  abandon(buffer: GPUBuffer): void {
    this.#drop(buffer);
  }

  async #map(buffer: GPUBuffer): Promise<void> {
    const { gpu } = this;
    try {
      await gpu.guard(`${this.label}: staging`, () => buffer.mapAsync(MAP_MODE_WRITE));
    } catch (error) {
      this.#drop(buffer);
      throw error;
    }
  }

  async #create(): Promise<GPUBuffer> {
    const usage = BufferUsage.MAP_WRITE | BufferUsage.COPY_SRC;
    const buffer = await this.gpu.allocateBuffer(`${this.label}: staging`, this.#size, usage, true);
    this.#all.add(buffer);
    return buffer;
  }

  #drop(buffer: GPUBuffer): void {
    this.#all.delete(buffer);
    this.gpu.destroyBuffer(buffer);
  }
}
