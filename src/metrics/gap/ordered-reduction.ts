/**
 * Merges parts 0 to n - 1, in whatever order they come, always by the same tree: neighbours, then neighbours of these. So the
 * result is the same to the bit, though sums in floating point depend on their order. Parts that come about in order are
 * merged at once, so that few are kept.
 */
export class OrderedReduction<T> {
  /** Merged so far: of 2^level parts, by level and place. */
  readonly #waiting = new Map<string, T>();

  constructor(private readonly merge: (left: T, right: T) => T) {}

  /** Each index once. */
  add(index: number, part: T): void {
    let [level, place, merged] = [0, index, part];
    for (;;) {
      const sibling = `${level},${place ^ 1}`;
      const other = this.#waiting.get(sibling);
      if (other === undefined) break;
      this.#waiting.delete(sibling);
      merged = place % 2 === 0 ? this.merge(merged, other) : this.merge(other, merged);
      [level, place] = [level + 1, place >>> 1];
    }
    this.#waiting.set(`${level},${place}`, merged);
  }

  /** All parts together; undefined of none. */
  result(): T | undefined {
    const rest = [...this.#waiting].map(([key, part]) => {
      const [level = 0, place = 0] = key.split(',').map(Number);
      return { first: place * 2 ** level, part };
    });
    const parts = rest.sort((a, b) => a.first - b.first).map(({ part }) => part);
    return parts.length === 0 ? undefined : parts.reduce(this.merge);
  }
}
