import { batch, type Signal, signal } from '@preact/signals';
import { Answer } from './answer.ts';

/** Something that answers and choices are about. When it changes, they go, and so do those about its parts. */
export class Subject {
  readonly #parts: Subject[] = [];
  readonly #answers: Answer<unknown>[] = [];
  readonly #resets: (() => void)[] = [];

  /** Something that changes more often: with this, and for itself. */
  part(): Subject {
    const part = new Subject();
    this.#parts.push(part);
    return part;
  }

  answer<T>(): Answer<T> {
    const answer = new Answer<T>();
    this.#answers.push(answer);
    return answer;
  }

  /** What people chose or the page noted about it: goes back to `initial`. */
  choice<T>(initial: T): Signal<T> {
    const chosen = signal(initial);
    this.#resets.push(() => {
      chosen.value = initial;
    });
    return chosen;
  }

  changed(): void {
    batch(() => {
      for (const answer of this.#answers) answer.forget();
      for (const reset of this.#resets) reset();
      for (const part of this.#parts) part.changed();
    });
  }

  /** Questions under way have nobody to answer them any more. */
  abandonQuestions(): void {
    batch(() => {
      for (const answer of this.#answers) answer.abandon();
      for (const part of this.#parts) part.abandonQuestions();
    });
  }
}
