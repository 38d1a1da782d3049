import { corpusOf } from './corpus.ts';
import { Coverage } from './coverage.ts';
import { type Edit, edited, fastEdits, type Surroundings } from './edits.ts';
import { Finding, type Target, tried } from './target.ts';

/** Larger ones are tried, and not built upon. */
const MOST_KEPT = 1 << 15;

export interface GuidedOptions {
  readonly cases: number;
  readonly seed: number;
  /** Called with each case before it is run, for who watches from outside. */
  readonly onCase: (bytes: Uint8Array) => void;
  readonly onFinding: (bytes: Uint8Array, finding: Finding) => void;
}

export interface Guided {
  /** Those that were taken into the pool, the smallest first. */
  readonly found: readonly Uint8Array[];
  /** Places of the sources that were passed. */
  readonly places: number;
}

/**
 * Changes files of a pool at random, and takes into the pool what passes new places of the sources.
 */
export async function guided(target: Target, options: GuidedOptions): Promise<Guided> {
  const coverage = new Coverage();
  const began = [...(await target.seeds()), ...(await corpusOf(target))];
  const pool: Uint8Array[] = [];
  const found: Uint8Array[] = [];
  const run = async (bytes: Uint8Array) => {
    options.onCase(bytes);
    await tried(target, bytes).catch((error: unknown) => {
      if (!(error instanceof Finding)) throw error;
      options.onFinding(bytes, error);
    });
    return coverage.isNew() && bytes.length <= MOST_KEPT;
  };
  for (const bytes of began) {
    await run(bytes);
    pool.push(bytes);
  }
  const around: Surroundings = { words: target.words ?? [''], others: pool, repair: target.repair };
  const lists = fastEdits(options.seed);
  for (let cases = 1; cases <= options.cases; cases++) {
    const list = lists.next().value;
    const bytes = edited(chosen(pool, list), list, around);
    if (await run(bytes)) {
      pool.push(bytes);
      found.push(bytes);
    }
  }
  return { found: found.sort((a, b) => a.length - b.length), places: coverage.places };
}

/** Half of the time one of the last, which lead on. */
function chosen(pool: readonly Uint8Array[], [edit]: readonly Edit[]): Uint8Array {
  const { at, value } = edit ?? { at: 0, value: 0 };
  const last = value % 2 ? Math.min(32, pool.length) : pool.length;
  return pool[pool.length - 1 - (((at ^ value) >>> 3) % last)] ?? Uint8Array.of();
}
