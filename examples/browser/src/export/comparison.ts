import type { Compared } from '../state/compare.ts';
import { differencesOf } from '../state/pair-differences.ts';
import { session } from '../state/session.ts';
import { csvOf } from './tables.ts';

const COLUMNS = [
  ...['pair', 'id', 'caption', 'cosine_a', 'cosine_b', 'cosine_difference'],
  ...['caption_rank_a', 'caption_rank_b', 'rank_difference', 'a', 'b'],
];

/** A row a pair. */
export function comparisonCsv(found: Compared): Blob {
  const rows = differencesOf(found).map(({ pair, ...row }) => {
    const { id, caption } = session.pairs.value[pair] ?? {};
    const numbers = [row.cosineA, row.cosineB, row.cosineChange, row.rankA, row.rankB, row.rankChange];
    return [pair, id, caption, ...numbers, found.nameA, found.nameB];
  });
  return csvOf(COLUMNS, rows);
}

/** The statistics, and what changed for each pair. */
export function comparisonJson(found: Compared): Blob {
  const { nameA: a, nameB: b, statistics, leftOut } = found;
  const pairs = differencesOf(found).map((row) => ({ id: session.pairs.value[row.pair]?.id, ...row }));
  const text = JSON.stringify({ a, b, leftOut, statistics, pairs }, null, 2);
  return new Blob([`${text}\n`], { type: 'application/json' });
}
