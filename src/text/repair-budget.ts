import { TextRepairError } from './errors.ts';

/**
 * How much of a text may be repaired again after a repair. A repair seldom bares another, and then few; a text made so
 * that each bares the next would take time by the square of its length, and is refused. The first million characters
 * are free: nothing of up to a thousand can come so far.
 */
export class RepairBudget {
  #left: number;

  constructor(private readonly length: number) {
    this.#left = 2 ** 20 + 8 * length;
  }

  /** Before so many characters are looked at once more. @throws {TextRepairError} */
  spend(characters: number): void {
    this.#left -= characters;
    if (this.#left < 0) throw new TextRepairError(this.length);
  }
}
