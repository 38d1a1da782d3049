import { gapCsv } from 'biomedclip-webgpu';
import { npyPieces } from '../../../../src/rows-files/index.ts';
import { cosines } from '../state/heatmap.ts';
import { gap } from '../state/measures.ts';
import { session } from '../state/session.ts';
import { pointOfCell } from '../views/heatmap-points.ts';
import { csvOf } from './tables.ts';

/** The statistics of the pairs as embedded, as `gap -o gap.csv` writes them. */
export function gapTable(): Blob {
  return new Blob([`${gapCsv(measuredGap()).join('\n')}\n`], { type: 'text/csv' });
}

/** As `gap --json` prints them. */
export function gapJson(): Blob {
  const { gapVector, ...statistics } = measuredGap();
  const { name, fingerprint } = session.space.value ?? {};
  const report = { ...statistics, gapVector: [...gapVector], model: { name, fingerprint } };
  return new Blob([`${JSON.stringify(report, null, 2)}\n`], { type: 'application/json' });
}

function measuredGap() {
  if (!gap.value) throw new Error('the gap is not measured yet');
  return gap.value;
}

/** The matrix of the heatmap, a row and a column an image or a text, with their names. */
export function cosinesCsv(): Blob {
  const { values, side } = shownCosines();
  const names = Array.from({ length: side }, (_, at) => nameOf(at));
  const rows = names.map((name, row) => {
    const numbers = values.subarray(row * side, (row + 1) * side);
    return [name, ...Array.from(numbers, (value) => Number(value.toPrecision(7)))];
  });
  return csvOf(['', ...names], rows);
}

/** The same numbers without names, `[2s, 2s]`. */
export function cosinesNpy(): Blob {
  const { values, side } = shownCosines();
  const pieces = [...npyPieces({ shape: [side, side], data: values })];
  return new Blob(pieces.map((piece) => new Uint8Array(piece)));
}

function shownCosines() {
  if (!cosines.value) throw new Error('there is no matrix yet');
  const { values, pairs } = cosines.value;
  return { values, side: 2 * pairs.length };
}

function nameOf(at: number): string {
  const { modality, pair } = pointOfCell(at);
  return `${modality} ${session.pairs.value[pair]?.id ?? ''}`;
}
