/** Its multiples, less their whole parts, fall as evenly as those of any number, and with no period. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * At most `limit` of `count` indices, evenly spread and in order: the same every time, and all where they fit.
 * Rows that follow each other are often alike, so evenly spread ones stand for the whole better than the first. One of
 * each stretch of equal length is taken, each time at another place in it: with a fixed step, rows that come in turns
 * (nine subjects, one after the other) could all be of one.
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
