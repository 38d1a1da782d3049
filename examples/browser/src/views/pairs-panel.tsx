import { download } from '../export/download.ts';
import { pairsCsv } from '../export/pairs-csv.ts';
import { counted } from '../parts/number.ts';
import { Panel } from '../parts/panel.tsx';
import { pairFigures, pairFiguresTrouble } from '../state/pair-figures.ts';
import { isFiltered, ready, shownRows } from '../state/pair-table.ts';
import { select, selectedElsewhere } from '../state/selection.ts';
import { session } from '../state/session.ts';
import { GreyWindow } from './grey-window.tsx';
import { PairFilters } from './pair-filters.tsx';
import { PairTable } from './pair-table.tsx';
import { TroubleNote } from './trouble-note.tsx';

const MEANINGS = {
  all: 'Ranks count how many captions are nearer to an image than its own, and how many images to a caption; equal ones count as one.',
  worst:
    'Likely mislabelled: more than a tenth of all captions are nearer to the image, and more than a tenth of all images to the caption.',
  twins: 'Near-duplicates: another image has a cosine of 0.99 or more with this one.',
  outliers:
    'Outliers: the image or the caption is far from the ten nearest of its own kind, beyond Tukey’s fence (Q3 + 1.5 IQR) of such distances.',
} as const;

/** Every pair in a table: the way to all points without a pointer. */
export function PairsPanel() {
  const rows = shownRows.value;
  const count = counted(rows.length, 'pair');
  return (
    <Panel
      id="pairs"
      title="Pairs"
      hint={
        <>
          {selectedElsewhere('list') ? `Only the selection: ${count}. ` : `${count}. `}
          {MEANINGS[ready.value]}
          {pairFigures.pending && ' Comparing all with all…'}
        </>
      }
      tools={
        <>
          {isFiltered.value && rows.length > 0 && (
            <button type="button" onClick={selectShown}>
              Select these {rows.length.toLocaleString('en')}
            </button>
          )}
          <button
            type="button"
            aria-label="Table as CSV"
            disabled={rows.length === 0}
            onClick={() => download('pairs.csv', pairsCsv(rows))}
          >
            CSV
          </button>
        </>
      }
    >
      <GreyWindow />
      <PairFilters />
      <TroubleNote of={pairFiguresTrouble} />
      <PairTable key={session.pairs.value} rows={rows} />
    </Panel>
  );
}

function selectShown(): void {
  const points = shownRows.value.flatMap(({ pair }) => [
    { modality: 'image' as const, pair },
    { modality: 'text' as const, pair },
  ]);
  select(points, 'list');
}
