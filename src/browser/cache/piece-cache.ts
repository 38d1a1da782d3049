import { NotCachedError } from '../../platform/errors.ts';
import { seal, unseal } from './seal.ts';
import type { Store } from './store.ts';

/**
 * A store whose failures cost a download at most: a piece that cannot be read or is damaged counts as missing, and
 * after the first failed write nothing more is written. One warning says so.
 */
export class PieceCache {
  #full = false;
  #warned = false;

  constructor(
    private readonly store: Store,
    private readonly onWarning: (warning: NotCachedError) => void,
  ) {}

  async get(folder: string, name: string): Promise<Uint8Array | undefined> {
    try {
      const sealed = await this.store.get(folder, name);
      return sealed && (await unseal(sealed));
    } catch {
      return undefined;
    }
  }

  async put(folder: string, name: string, bytes: Uint8Array): Promise<void> {
    if (this.#full) return;
    try {
      await this.store.put(folder, name, await seal(bytes));
    } catch (cause) {
      this.#full = true;
      this.warn(reasonOf(cause), cause);
    }
  }

  /** Removes what `keep` refuses. A failure is ignored: what stays only takes room. */
  async sweep(folder: string, keep: (name: string) => boolean): Promise<void> {
    const names = await this.store.names(folder).catch(() => []);
    for (const name of names) if (!keep(name)) await this.store.delete(folder, name).catch(() => {});
  }

  /** Warns once, however many files or pieces fail. */
  warn(reason: string, cause?: unknown): void {
    if (this.#warned) return;
    this.#warned = true;
    this.onWarning(new NotCachedError(reason, { cause }));
  }
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  if (cause.name !== 'QuotaExceededError') return cause.message;
  return `the browser gives this origin no more room (${cause.message})`;
}
