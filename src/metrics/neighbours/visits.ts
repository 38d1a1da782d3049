import type { Lists } from './lists.ts';

/** Which lists each query has looked into: the nearest `depths[query]` of `ranked`, and those that it looks into next. */
export class Visits {
  /** `[queries]`: lists visited so far. */
  readonly #depths: Uint32Array;

  /**
   * @param ranked `[queries, ranks]`: the nearest lists of each query, the nearest first
   * @param wanted rows that each query must have seen in the end
   */
  constructor(
    private readonly ranked: Uint32Array,
    private readonly ranks: number,
    private readonly rows: Lists,
    private readonly wanted: number,
  ) {
    this.#depths = new Uint32Array(ranked.length / ranks);
  }

  /**
   * The queries that look into each list until all have looked into their nearest `depth`, and further until they have
   * seen as many rows as wanted. A query whose ranked lists hold too few looks into all others too.
   */
  until(depth: number): Lists {
    const lists = this.rows.starts.length - 1;
    const counts = new Uint32Array(lists + 1);
    const before = this.#depths.slice();
    const rest: [number, number][] = []; // lists beyond the ranked ones, and their queries
    for (let query = 0; query < before.length; query++) {
      const end = this.#endOf(query, depth);
      for (let rank = before[query] ?? 0; rank < end; rank++) {
        const list = this.#listAt(query, rank) + 1;
        counts[list] = (counts[list] ?? 0) + 1;
      }
      if ((before[query] ?? 0) < this.ranks && this.#seen(query, end) < this.wanted) {
        const ranked = new Set(this.ranked.subarray(query * this.ranks, (query + 1) * this.ranks));
        for (let list = 0; list < lists; list++) if (!ranked.has(list)) rest.push([list, query]);
      }
      this.#depths[query] = end;
    }
    for (const [list] of rest) counts[list + 1] = (counts[list + 1] ?? 0) + 1;
    for (let list = 0; list < lists; list++) counts[list + 1] = (counts[list + 1] ?? 0) + (counts[list] ?? 0);
    return { starts: counts, members: this.#fill(counts, before, rest) };
  }

  #fill(starts: Uint32Array, before: Uint32Array, rest: readonly [number, number][]): Uint32Array {
    const members = new Uint32Array(starts.at(-1) ?? 0);
    const next = starts.slice();
    const put = (list: number, query: number) => {
      members[next[list] ?? 0] = query;
      next[list] = (next[list] ?? 0) + 1;
    };
    for (const [query, from] of before.entries()) {
      const end = this.#depths[query] ?? 0;
      for (let rank = from; rank < end; rank++) put(this.#listAt(query, rank), query);
    }
    for (const [list, query] of rest) put(list, query);
    return members;
  }

  #endOf(query: number, depth: number): number {
    let end = Math.max(this.#depths[query] ?? 0, Math.min(depth, this.ranks));
    let seen = this.#seen(query, end);
    for (; end < this.ranks && seen < this.wanted; end++) seen += this.#sizeOf(this.#listAt(query, end));
    return end;
  }

  #seen(query: number, end: number): number {
    let seen = 0;
    for (let rank = 0; rank < end; rank++) seen += this.#sizeOf(this.#listAt(query, rank));
    return seen;
  }

  #listAt(query: number, rank: number): number {
    return this.ranked[query * this.ranks + rank] ?? 0;
  }

  #sizeOf(list: number): number {
    const { starts } = this.rows;
    return (starts[list + 1] ?? 0) - (starts[list] ?? 0);
  }
}
