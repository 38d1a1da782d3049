/** The golden ratio's fraction: its multiples mod 1 are a low-discrepancy sequence without a period. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * At most `limit` of `count` indices, evenly spread, in order and deterministic. Stratified: one index from each of
 * `limit` equal intervals, at a position in it given by a low-discrepancy sequence. A fixed step could alias with
 * periodic data, such as nine subjects in turn.
 */
export function evenSample(count: number, limit: number): number[] {
  if (count <= limit) return Array.from({ length: count }, (_, i) => i);
  return Array.from({ length: limit }, (_, i) => Math.floor(((i + ((i * GOLDEN) % 1)) * count) / limit));
}

/** `5,000 pairs`, or `500 of 5,000 pairs, evenly sampled`. */
export function sampleText(shown: number, of: number, what: string): string {
  const all = of.toLocaleString('en');
  return shown === of ? `${all} ${what}` : `${shown.toLocaleString('en')} of ${all} ${what}, evenly sampled`;
}
