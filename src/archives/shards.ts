/** A range of numbers in the name of shards, as WebDataset writes it: `{000..009}`. */
const RANGE = /\{(\d+)\.\.(\d+)\}/;
/** More files than a data set has. */
const MOST = 100_000;

/**
 * The names that a pattern stands for, `shard-{000..009}.tar`, in order; a name without a range stands for itself. Numbers
 * have as many digits as the first. A range that goes down, or of too many, is part of a name.
 */
export function shardNames(pattern: string): string[] {
  const [range = '', first = '', last = ''] = RANGE.exec(pattern) ?? [];
  const count = Number(last) - Number(first) + 1;
  if (range === '' || count < 1 || count > MOST) return [pattern];
  return Array.from({ length: count }, (_, i) =>
    pattern.replace(range, () => String(Number(first) + i).padStart(first.length, '0')),
  ).flatMap(shardNames);
}
