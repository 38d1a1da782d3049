import { BufferUsage, MAP_MODE_WRITE } from './flags.ts';
import type { Gpu } from './gpu.ts';
import { IN_FLIGHT } from './program.ts';

const SMALLEST = 256;

/**
 * Mapped buffers for uploads, reused in turn. The caller writes into them directly, which is one copy of the data;
 * `writeBuffer` makes two, into memory that it has fresh from the system each time (2.6 times as long for 8 MB).
 */
export class StagingRing {
  /** In the order of their last use. They are as large as the largest upload so far, in powers of two. */
  #idle: GPUBuffer[] = [];
  readonly #all = new Set<GPUBuffer>();
  #size = SMALLEST;

  constructor(
    private readonly gpu: Gpu,
    private readonly label: string,
  ) {}

  /** One that is mapped for writing, for `give` once it is unmapped and what copies from it is recorded. */
  async take(bytes: number): Promise<GPUBuffer> {
    this.#size = Math.max(this.#size, 2 ** Math.ceil(Math.log2(bytes)));
    const outgrown = this.#idle.filter(({ size }) => size < this.#size);
    const spare = this.#idle.filter(({ size }) => size >= this.#size);
    this.#idle = spare.slice(-IN_FLIGHT);
    for (const buffer of [...outgrown, ...spare.slice(0, -IN_FLIGHT)]) this.#drop(buffer);
    const buffer = this.#all.size >= IN_FLIGHT ? this.#idle.shift() : undefined;
    if (!buffer) return this.#create();
    if (buffer.mapState === 'unmapped')
      await this.gpu.orGone(this.gpu.finished(buffer.mapAsync(MAP_MODE_WRITE)));
    return buffer;
  }

  /** To be called before the next `take`, and what copies from it is to be submitted before that too. */
  give(buffer: GPUBuffer): void {
    this.#idle.push(buffer);
  }

  destroy(): void {
    for (const buffer of this.#all) this.gpu.destroyBuffer(buffer);
    this.#all.clear();
    this.#idle = [];
  }

  #create(): GPUBuffer {
    const usage = BufferUsage.MAP_WRITE | BufferUsage.COPY_SRC;
    const buffer = this.gpu.createBuffer(`${this.label}: staging`, this.#size, usage, true);
    this.#all.add(buffer);
    return buffer;
  }

  #drop(buffer: GPUBuffer): void {
    this.#all.delete(buffer);
    this.gpu.destroyBuffer(buffer);
  }
}
