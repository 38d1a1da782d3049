import { batch, signal, untracked } from '@preact/signals';

/** The answer to what was asked last. Answers to earlier questions, and their errors, count for nothing. */
export class Answer<T> {
  readonly #value = signal<T | undefined>(undefined);
  readonly #pending = signal(false);
  #asked = 0;

  get value(): T | undefined {
    return this.#value.value;
  }

  /** While the last question has no answer. */
  get pending(): boolean {
    return this.#pending.value;
  }

  /**
   * Asks; resolves too where another question was asked, or this one forgotten, meanwhile.
   * @param question may do things beside answering as long as `isLatest` says so: until it is answered, or another is asked
   * @param keep whether the last answer stays until the new one is there
   * @throws what the question throws, if it is still the last
   */
  async ask(question: (isLatest: () => boolean) => Promise<T>, keep = false): Promise<void> {
    this.#asked += 1;
    const mine = this.#asked;
    let isAnswered = false; // news of progress come by ports of their own, and may arrive after the answer
    const isLatest = () => !isAnswered && mine === this.#asked;
    if (!keep) this.#value.value = undefined;
    this.#pending.value = true;
    try {
      const answer = await untracked(() => question(isLatest));
      if (isLatest()) this.#settle(answer);
    } catch (error) {
      if (!isLatest()) return;
      this.#settle(undefined);
      throw error;
    } finally {
      isAnswered = true;
    }
  }

  forget(): void {
    this.#asked += 1;
    this.#settle(undefined);
  }

  /** Waits no longer, and keeps the last answer. */
  abandon(): void {
    this.#asked += 1;
    this.#pending.value = false;
  }

  #settle(answer: T | undefined): void {
    batch(() => {
      this.#value.value = answer;
      this.#pending.value = false;
    });
  }
}
