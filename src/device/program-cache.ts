import type { Program, Recording } from './program.ts';

/**
 * Recorded programs by batch shape. The least recently used are evicted when all together exceed the budget; one that
 * is still running is freed when it is done.
 */
export class ProgramCache<R extends Recording> {
  readonly #programs = new Map<string, Program<R>>(); // oldest use first

  /** @param budget in GPU bytes; the program in use is kept even if it alone exceeds it */
  constructor(private readonly budget: number) {}

  async get(key: string, record: () => Promise<Program<R>>): Promise<Program<R>> {
    const known = this.#programs.get(key);
    const program = known ?? (await record());
    this.#programs.delete(key);
    this.#programs.set(key, program);
    this.#evict(program);
    return program;
  }

  destroy(): void {
    for (const program of this.#programs.values()) program.destroy();
    this.#programs.clear();
  }

  #evict(inUse: Program<R>): void {
    let bytes = 0;
    for (const program of this.#programs.values()) bytes += program.bytes;
    for (const [key, program] of this.#programs) {
      if (bytes <= this.budget || program === inUse) return;
      this.#programs.delete(key);
      program.retire();
      bytes -= program.bytes;
    }
  }
}
