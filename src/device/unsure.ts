import type { BiomedClipError } from '../errors.ts';

type Trouble = Promise<BiomedClipError | undefined>;

/** What was done with buffers outside of error scopes that anyone awaits: whoever reads the buffers has to ask here. */
export class Unsure {
  readonly #troubles = new Map<GPUBuffer, Trouble>();

  add(buffer: GPUBuffer, trouble: Trouble | undefined): void {
    if (!trouble) return;
    const before = this.#troubles.get(buffer);
    const both = before ? before.then((error) => error ?? trouble) : trouble;
    this.#troubles.set(buffer, both);
    void both.then((error) => {
      if (!error && this.#troubles.get(buffer) === both) this.#troubles.delete(buffer);
    });
  }

  /** Resolves with the first error; undefined where all is known to be well. */
  of(buffer: GPUBuffer): Trouble | undefined {
    return this.#troubles.get(buffer);
  }

  forget(buffer: GPUBuffer): void {
    this.#troubles.delete(buffer);
  }
}
