import type { PairRow } from '../state/pair-table.ts';
import { session, shownName } from '../state/session.ts';
import { csvOf } from './tables.ts';

const COLUMNS = [
  ...['pair', 'id', 'caption', 'label', 'group', 'cosine', 'caption_rank', 'image_rank'],
  ...['beaten_by', 'beating_caption', 'distance', 'shown'],
];

/** The table of pairs as it is filtered and sorted. */
export function pairsCsv(rows: readonly PairRow[]): Blob {
  const shown = shownName.value === undefined ? 'as embedded' : `closed: ${shownName.value}`;
  return csvOf(
    COLUMNS,
    rows.map(({ pair, id, caption, label, group, cosine, captionRank, imageRank, beatenBy, distance }) => {
      const beating = beatenBy === undefined ? undefined : session.pairs.value[beatenBy];
      return [
        ...[pair, id, caption, label, group, cosine, captionRank, imageRank],
        ...[beating?.id, beating?.caption, distance, shown],
      ];
    }),
  );
}
