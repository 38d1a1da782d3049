/**
 * At most `limit` of `count` indices, evenly spread and in order: the same every time, and all where they fit.
 * Rows that follow each other are often alike, so evenly spread ones stand for the whole better than the first.
 */
export function evenSample(count: number, limit: number): number[] {
  const taken = Math.min(count, limit);
  return Array.from({ length: taken }, (_, i) => Math.floor(((i + 0.5) * count) / taken));
}

/** `5,000 pairs`, or `500 of 5,000 pairs, evenly sampled`. */
export function sampleText(shown: number, of: number, what: string): string {
  const all = of.toLocaleString('en');
  return shown === of ? `${all} ${what}` : `${shown.toLocaleString('en')} of ${all} ${what}, evenly sampled`;
}
