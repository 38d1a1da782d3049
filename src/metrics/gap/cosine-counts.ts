const BINS = 200;

/** A histogram of cosines from -1 to 1, in bins of 0.01. Counts are whole, so their sums are exact in any order. */
export class CosineCounts {
  constructor(readonly counts: Float64Array = new Float64Array(BINS)) {}

  add(cosine: number): void {
    const bin = Math.min(BINS - 1, Math.max(0, Math.floor(((cosine + 1) * BINS) / 2)));
    this.counts[bin] = (this.counts[bin] ?? 0) + 1;
  }

  plus({ counts }: CosineCounts): CosineCounts {
    return new CosineCounts(this.counts.map((count, bin) => count + (counts[bin] ?? 0)));
  }
}
