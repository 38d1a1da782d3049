import { allocateOnHost, type Host, HostMemoryError } from '../../platform/host-memory.ts';
import type { SimilarityTopK } from '../similarity/similarity.ts';

/** In the GPU's lists where there are fewer rows than places. */
const NO_ROW = 0xffffffff;

/** Room for the k nearest of each query: `[queries, k]`. @throws {HostMemoryError} */
export function nearestOnHost(
  host: Host,
  queries: number,
  k: number,
): Pick<SimilarityTopK, 'indices' | 'values'> {
  const bytes = queries * k * 8;
  const what = `a list of the ${k.toLocaleString('en')} nearest of each of ${queries.toLocaleString('en')} queries`;
  const advice = 'ask for a smaller topK, or for some of the queries at a time';
  return allocateOnHost(
    host,
    bytes,
    () => ({ indices: new Uint32Array(queries * k), values: new Float32Array(queries * k) }),
    (available, cause) => new HostMemoryError(what, bytes, available, advice, cause),
  );
}

/** The k best rows of each query so far, the best first, ties by row. */
export class BestRows {
  /** `[queries, k]` */
  readonly rows: Uint32Array;
  /** `[queries, k]` */
  readonly cosines: Float32Array;
  readonly #counts: Uint32Array;

  /** @throws {HostMemoryError} */
  constructor(
    readonly queries: number,
    readonly k: number,
    host: Host,
  ) {
    const lists = nearestOnHost(host, queries, k);
    this.rows = lists.indices;
    this.cosines = lists.values;
    this.#counts = new Uint32Array(queries);
  }

  /**
   * Merges a sorted list of rows that all come after those known.
   * @param rows `[k]`, counted from `firstRow`
   */
  merge(query: number, firstRow: number, rows: Uint32Array, cosines: Float32Array): void {
    const start = query * this.k;
    const count = this.#counts[query] ?? 0;
    const known = {
      rows: this.rows.slice(start, start + count),
      cosines: this.cosines.slice(start, start + count),
    };
    let [i, j, at] = [0, 0, 0];
    for (; at < this.k; at++) {
      const more = j < rows.length && rows[j] !== NO_ROW;
      if (i >= count && !more) break;
      const isKnown = i < count && (!more || (known.cosines[i] ?? 0) >= (cosines[j] ?? 0)); // ties: the earlier row
      this.rows[start + at] = isKnown ? (known.rows[i] ?? 0) : firstRow + (rows[j] ?? 0);
      this.cosines[start + at] = (isKnown ? known.cosines[i] : cosines[j]) ?? 0;
      if (isKnown) i++;
      else j++;
    }
    this.#counts[query] = at;
  }
}
