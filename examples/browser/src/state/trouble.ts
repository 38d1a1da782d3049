import { type Signal, signal, untracked } from '@preact/signals';
import { failureOf } from '../engine/errors.ts';
import type { Subject } from '../session/subject.ts';
import { report } from './messages.ts';

/** What went wrong in one part of the page, to be said there: until it is tried again, or what it is about changes. */
export class Trouble {
  readonly #words: Signal<string | undefined>;

  /** @param about undefined for what outlives all that is open */
  constructor(about?: Subject) {
    this.#words = about?.choice<string | undefined>(undefined) ?? signal(undefined);
  }

  /** Undefined while nothing is wrong. */
  get words(): string | undefined {
    return this.#words.value;
  }

  /** Tries something, and resolves with whether it went well. */
  async attempt(action: () => unknown): Promise<boolean> {
    this.forget();
    try {
      await untracked(action);
      return true;
    } catch (error) {
      this.note(error);
      return false;
    }
  }

  /** What concerns the whole page, such as a GPU that is gone, is said above it. */
  note(error: unknown): void {
    const { kind, message } = failureOf(error);
    if (kind === 'other') this.#words.value = message;
    else report(error);
  }

  forget(): void {
    this.#words.value = undefined;
  }
}
