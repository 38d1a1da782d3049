// Which places of the sources a case passed, and about how often, as AFL counts it (lcamtuf.coredump.cx/afl/technical_details.txt).

interface FileCounts {
  readonly s: Record<string, number>;
  readonly b: Record<string, number[]>;
}

/** What `instrument.ts` makes the sources count. */
function counted(): FileCounts[] {
  return Object.values((globalThis as { __coverage__?: Record<string, FileCounts> }).__coverage__ ?? {});
}

export class Coverage {
  readonly #seen: Uint8Array[][] = [];
  /** Places that were passed so far. */
  places = 0;

  /** Whether the case since the last call passed a place that none did, or another number of times; begins anew. */
  isNew(): boolean {
    let isNew = false;
    for (const [index, { s, b }] of counted().entries()) {
      this.#seen[index] ??= [
        new Uint8Array(Object.keys(s).length),
        ...Object.values(b).map((arms) => new Uint8Array(arms.length)),
      ];
      const [statements, ...branches] = this.#seen[index];
      if (statements) isNew = this.#taken(s, statements) || isNew;
      for (const [branch, arms] of branches.entries()) isNew = this.#taken(b[branch] ?? [], arms) || isNew;
    }
    return isNew;
  }

  #taken(counts: Record<number, number>, seen: Uint8Array): boolean {
    let isNew = false;
    for (let i = 0; i < seen.length; i++) {
      const count = counts[i] ?? 0;
      if (count === 0) continue;
      counts[i] = 0;
      const before = seen[i] ?? 0;
      const bucket = bucketOf(count);
      if (before & bucket) continue;
      if (before === 0) this.places += 1;
      seen[i] = before | bucket;
      isNew = true;
    }
    return isNew;
  }
}

/** 1, 2, 3, 4 to 7, 8 to 15, 16 to 31, 32 to 127, more. */
function bucketOf(count: number): number {
  if (count <= 3) return 1 << (count - 1);
  return count < 8 ? 8 : count < 16 ? 16 : count < 32 ? 32 : count < 128 ? 64 : 128;
}
