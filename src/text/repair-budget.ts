import { TextRepairError } from './errors.ts';

/**
 * Bounds how many characters are repaired again after a repair. A repair rarely reveals another; a text built so that
 * each does would take quadratic time and is refused. The first million characters are free, which no text of up to a
 * thousand characters can use up.
 */
export class RepairBudget {
  #left: number;

  constructor(private readonly length: number) {
    this.#left = 2 ** 20 + 8 * length;
  }

  /** Call before processing so many characters again. @throws {TextRepairError} */
  spend(characters: number): void {
    this.#left -= characters;
    if (this.#left < 0) throw new TextRepairError(this.length);
  }
}
