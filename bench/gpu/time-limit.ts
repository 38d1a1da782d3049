import { BiomedClipError } from '../../src/errors.ts';

/** Of a timer; a longer one fires at once. Unit: milliseconds. */
const LONGEST = 2 ** 31 - 1;

/** A time after which work is asked to end, and one after which nobody waits for it. */
export class TimeLimit {
  readonly signal: AbortSignal;
  /** Rejects so long after the signal: a peer that hangs must not take the steps behind it along. */
  readonly hung: Promise<never>;
  readonly #late = new AbortController();
  readonly #ended = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #graceTimer: NodeJS.Timeout | undefined;

  /** In seconds; the signal is that of an interruption from outside. */
  constructor(seconds: number, grace: number, outside: AbortSignal | undefined) {
    const late = this.#late.signal;
    this.signal = outside ? AbortSignal.any([outside, late]) : late;
    this.#timer = setTimeout(() => this.#late.abort(), Math.min(1000 * seconds, LONGEST));
    this.hung = new Promise<never>((_, reject) => {
      const fail = () => reject(new StepHungError(grace));
      const begin = () => {
        this.#graceTimer = setTimeout(fail, 1000 * grace);
      };
      this.signal.addEventListener('abort', begin, { once: true, signal: this.#ended.signal });
    });
  }

  get isOver(): boolean {
    return this.#late.signal.aborted;
  }

  /** Once the work has ended. */
  end(): void {
    this.#ended.abort();
    clearTimeout(this.#timer);
    clearTimeout(this.#graceTimer);
  }
}

/** Not exported: a step's end says it. */
class StepHungError extends BiomedClipError {
  static override readonly name: string = 'StepHungError';

  constructor(grace: number) {
    super(`did not end in the ${grace} s after it was cut off; times behind it may be disturbed`);
  }
}
