/** What a call does, as the tables of docs/reliability.md name it. */
export type CallKind =
  | 'open'
  | 'read'
  | 'write'
  | 'rename, link, mkdir'
  | 'fsync'
  | 'close'
  | 'stat, list'
  | 'remove'
  | 'GPU create'
  | 'GPU submit'
  | 'GPU map'
  | 'decode'
  | 'tokenize';

/** One call that a system may refuse. */
export interface Call {
  readonly kind: CallKind;
  /** Such as `FileHandle.read` or `createBuffer`. */
  readonly name: string;
  /** The file, or the label of the GPU's object. */
  readonly target: string;
  /** The errors that can come. */
  readonly faults: readonly string[];
}

/** The caller's signal fires when the call is made, which then succeeds: possible at every call. */
export const ABORT = 'abort';

/**
 * Counts the calls of a run in its order, and refuses one of them. The patches of files, GPU, decoder and tokenizer ask
 * it before each call; only between `begin` and `end` it counts.
 */
class Calls {
  #log: Call[] | undefined;
  #at: number | undefined;
  #fault = '';
  #onAbort: () => void = () => {};
  /** The call that was refused. */
  injected: Call | undefined;

  /** @param at the number of the call that meets `fault`, from 0 on */
  begin(at?: number, fault = '', onAbort: () => void = () => {}): void {
    this.#log = [];
    this.#at = at;
    this.#fault = fault;
    this.#onAbort = onAbort;
    this.injected = undefined;
  }

  /** What `work` does is not counted. */
  async without<T>(work: () => Promise<T>): Promise<T> {
    const log = this.#log;
    this.#log = undefined;
    try {
      return await work();
    } finally {
      this.#log = log;
    }
  }

  /** @returns the calls that were made */
  end(): readonly Call[] {
    const log = this.#log ?? [];
    this.#log = undefined;
    return log;
  }

  get counting(): boolean {
    return this.#log !== undefined;
  }

  /** @returns the fault that this call meets, if any */
  meet(call: Call): string | undefined {
    if (!this.#log) return undefined;
    this.#log.push(call);
    if (this.injected || this.#at === undefined || this.#log.length - 1 < this.#at) return undefined;
    if (this.#fault !== ABORT && !call.faults.includes(this.#fault)) return undefined; // another order of calls: the next
    this.injected = call;
    if (this.#fault !== ABORT) return this.#fault;
    this.#onAbort();
    return undefined;
  }
}

export const calls = new Calls();
