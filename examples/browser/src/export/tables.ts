import { type Modality, type Point, rowOf } from '../session/points.ts';
import { LAYOUT_NAMES, mapPicture, picturedPairs } from '../state/map-layout.ts';
import { selectedPoints } from '../state/selection.ts';
import { session, shownName } from '../state/session.ts';

/** A point as it is written to files. */
interface PointRecord {
  /** The pair's index, from 0. */
  readonly pair: number;
  readonly modality: Modality;
  readonly image: string;
  readonly caption: string;
  readonly label: string;
  /** Euclidean, to its partner. */
  readonly distance: number;
  /** In the map; missing while there is none. */
  readonly x?: number;
  readonly y?: number;
  /** Which map they are of. */
  readonly map?: string;
  /** How the pairs are shown, which distance and map are of. */
  readonly shown: string;
}

export function selectedRecords(): PointRecord[] {
  return [...selectedPoints.value].map(recordOf);
}

/** Of all images, then all texts. */
export function allRecords(): PointRecord[] {
  return (['image', 'text'] as const).flatMap((modality) =>
    session.pairs.value.map((_, pair) => recordOf({ modality, pair })),
  );
}

export function asJson(records: readonly PointRecord[]): Blob {
  return new Blob([`${JSON.stringify(records, null, 2)}\n`], { type: 'application/json' });
}

const COLUMNS = [
  'pair',
  'modality',
  'image',
  'caption',
  'label',
  'distance',
  'x',
  'y',
  'map',
  'shown',
] as const;

export function asCsv(records: readonly PointRecord[]): Blob {
  return csvOf(
    COLUMNS,
    records.map((record) => COLUMNS.map((column) => record[column])),
  );
}

type Cell = string | number | undefined;

export function csvOf(columns: readonly string[], rows: readonly (readonly Cell[])[]): Blob {
  const lines = [columns, ...rows].map((cells) => cells.map(cell).join(','));
  return new Blob([`${lines.join('\r\n')}\r\n`], { type: 'text/csv' });
}

function recordOf(point: Point): PointRecord {
  const pair = session.pairs.value[point.pair];
  const map = mapPicture.value;
  const n = picturedPairs.value;
  const row = rowOf(point, n);
  return {
    pair: point.pair,
    modality: point.modality,
    image: pair?.id ?? '',
    caption: pair?.caption ?? '',
    label: pair?.label ?? '',
    distance: session.distances.value[point.pair] ?? Number.NaN,
    ...(map && point.pair < n
      ? { x: map.embedding[2 * row], y: map.embedding[2 * row + 1], map: LAYOUT_NAMES[map.layout] }
      : {}),
    shown: shownName.value === undefined ? 'as embedded' : `closed: ${shownName.value}`,
  };
}

/** Quoted where RFC 4180 wants it. An apostrophe keeps a spreadsheet from running a name as a formula. */
function cell(value: Cell): string {
  const isFormula = typeof value === 'string' && /^[=+\-@\t\r]/.test(value);
  const text = isFormula ? `'${value}` : String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
