import type { KnownRows } from '../keep/known-rows.ts';
import type { EmbeddedBefore } from './types.ts';

/** What is known, and beside it the rows of an embedding that was stopped, if they are of the same program. */
export function withRowsBefore(
  known: KnownRows,
  before: EmbeddedBefore | undefined,
  program: string,
): KnownRows {
  if (before?.madeBy?.program !== program) return known;
  const both = { images: [...known.images], texts: [...known.texts] };
  for (const modality of ['images', 'texts'] as const) {
    const { data, dim } = before[modality];
    const remarked = new Set(before.madeBy.remarked[modality]); // to be embedded, and said, again
    for (const [row, i] of before.kept.entries()) {
      if (!remarked.has(row)) both[modality][i] ??= data.subarray(row * dim, (row + 1) * dim);
    }
  }
  return both;
}
