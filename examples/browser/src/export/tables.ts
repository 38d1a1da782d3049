import { mapStep } from '../state/map.ts';
import { distances, isImage, pairCount, pairOf, pairs } from '../state/pairs.ts';
import { selection } from '../state/selection.ts';

/** A point as it is written to files. */
interface PointRecord {
  readonly point: number;
  readonly modality: 'image' | 'text';
  readonly image: string;
  readonly caption: string;
  readonly label: string;
  /** Euclidean, to its partner. */
  readonly distance: number;
  /** In the map; missing while there is none. */
  readonly x?: number;
  readonly y?: number;
}

export function selectedRecords(): PointRecord[] {
  return [...selection.value.points].sort((a, b) => a - b).map(recordOf);
}

export function allRecords(): PointRecord[] {
  return Array.from({ length: 2 * pairCount.value }, (_, point) => recordOf(point));
}

export function asJson(records: readonly PointRecord[]): Blob {
  return new Blob([`${JSON.stringify(records, null, 2)}\n`], { type: 'application/json' });
}

export function asCsv(records: readonly PointRecord[]): Blob {
  const columns = ['point', 'modality', 'image', 'caption', 'label', 'distance', 'x', 'y'] as const;
  const lines = records.map((record) => columns.map((column) => cell(record[column])).join(','));
  return new Blob([`${[columns.join(','), ...lines].join('\r\n')}\r\n`], { type: 'text/csv' });
}

function recordOf(point: number): PointRecord {
  const pair = pairs.value[pairOf(point)];
  const map = mapStep.value?.embedding;
  return {
    point,
    modality: isImage(point) ? 'image' : 'text',
    image: pair?.id ?? '',
    caption: pair?.caption ?? '',
    label: pair?.label ?? '',
    distance: distances.value[pairOf(point)] ?? Number.NaN,
    ...(map ? { x: map[2 * point], y: map[2 * point + 1] } : {}),
  };
}

/** Quoted where RFC 4180 wants it. An apostrophe keeps a spreadsheet from running a name as a formula. */
function cell(value: string | number | undefined): string {
  const isFormula = typeof value === 'string' && /^[=+\-@\t\r]/.test(value);
  const text = isFormula ? `'${value}` : String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
