import { captionLines } from './caption-lines.ts';
import { type ColumnNames, type Columns, cellText, columnsOf, isCaptionsHeader } from './columns.ts';
import { type DecodeOptions, decodeText, linesOf } from './decode-text.ts';
import { delimitedTable, headerNames } from './delimited.ts';
import { CaptionsFormatError, DuplicateIdError, NoCaptionsError, TableRowError } from './errors.ts';
import { isObjectLine, jsonTable } from './json.ts';
import type { Table, TableRow } from './table.ts';

/** A caption, and what its row says beside it. */
export interface CaptionRow {
  /** The image as it is written there, or the id; of a text file the index of the line, from 0. */
  readonly id: string;
  readonly text: string;
  /** Path or URL, between whose folders are slashes. */
  readonly image?: string;
  /** The pair's class. */
  readonly label?: string;
  /** What the image is of, such as its patient. */
  readonly group?: string;
}

export interface CaptionsFile {
  /** Whether rows say what each caption belongs to, or there are captions alone. */
  readonly kind: 'table' | 'lines';
  readonly captions: readonly CaptionRow[];
}

export interface CaptionsOptions extends DecodeOptions {
  readonly columns?: ColumnNames;
  /** Whether a user can name columns by options. */
  readonly byOption?: boolean;
  /** Columns that a table must have besides images or ids. Default: captions; without them a caption is empty. */
  readonly needs?: readonly ('caption' | 'label')[];
  /** For a file whose name has no known ending, such as a pipe: tell by what is in it. */
  readonly guess?: boolean;
}

/** Endings of tables. */
export const TABLE_ENDINGS = ['.csv', '.tsv', '.json', '.jsonl', '.ndjson'] as const;
/** Endings of all formats that are read. */
export const CAPTION_ENDINGS = [...TABLE_ENDINGS, '.txt'] as const;
type Format = 'delimited' | 'json' | 'lines';

/**
 * Reads captions: a table (`.csv`, `.tsv`; `.json`, an array of objects; `.jsonl` or `.ndjson`, an object a line) with a
 * column of captions and one of images or ids, or a `.txt` with a caption a line. An id is that of the image where there
 * is a column of images and none of ids is named.
 * @throws {CaptionsFormatError} for another ending @throws {TextEncodingError}
 * @throws {CaptionsHeaderError} where columns are absent or ambiguous
 * @throws {TableRowError | DuplicateIdError | CaptionLinesError} naming the line
 * @throws {NoCaptionsError} for a file without any
 */
export function readCaptionsFile(
  bytes: Uint8Array,
  file: string,
  options: CaptionsOptions = {},
): CaptionsFile {
  const text = decodeText(bytes, file, options);
  expectText(text, file);
  const format = formatOf(file, text, options);
  if (format === 'lines') {
    const captions = captionLines(text, file).map((line, i) => ({ id: String(i), text: line }));
    if (captions.length === 0) throw new NoCaptionsError(file);
    return { kind: 'lines', captions };
  }
  const table = format === 'json' ? jsonTable(text, file) : delimitedTable(text, file);
  if (!table || table.columns.length === 0) throw new NoCaptionsError(file);
  const columns = columnsOf(table, options.columns ?? {}, options.byOption ?? false, options.needs);
  const captions = table.rows.map((row) => captionOf(table, row, columns, options.columns));
  if (captions.length === 0) throw new NoCaptionsError(file);
  if (columns.image === undefined || options.columns?.id !== undefined) expectOwnIds(table, captions);
  return { kind: 'table', captions };
}

/** @throws {TableRowError} for a file that is no text, such as a workbook of Excel */
function expectText(text: string, file: string): void {
  const at = text.indexOf('\0');
  if (at < 0) return;
  const reason = 'has a zero byte, so it is no text; save it as CSV from the program that made it';
  throw new TableRowError(file, linesOf(text.slice(0, at)).length, reason);
}

function formatOf(file: string, text: string, { guess, columns }: CaptionsOptions): Format {
  const ending = /\.[^./\\]*$/.exec(file)?.[0].toLowerCase();
  if (ending === '.csv' || ending === '.tsv') return 'delimited';
  if (ending === '.json' || ending === '.jsonl' || ending === '.ndjson') return 'json';
  if (ending === '.txt') return 'lines';
  if (!guess) throw new CaptionsFormatError(file, CAPTION_ENDINGS);
  const [first = ''] = linesOf(text);
  if (isObjectLine(first) || /^\s*\[\s*\{/.test(text)) return 'json';
  return isCaptionsHeader(headerNames(first), columns) ? 'delimited' : 'lines';
}

function captionOf(table: Table, row: TableRow, columns: Columns, named: ColumnNames = {}): CaptionRow {
  const cell = (column: number | undefined) =>
    column === undefined ? undefined : cellText(table, row, column)?.trim();
  const image = columns.image === undefined ? undefined : needed(table, row, columns.image);
  const ownId = image === undefined || named.id !== undefined ? columns.id : undefined;
  const id = ownId === undefined ? (image ?? '') : needed(table, row, ownId);
  const text = columns.caption === undefined ? '' : cellText(table, row, columns.caption);
  if (text === undefined) throw empty(table, row, columns.caption ?? 0);
  const [label, group] = [cell(columns.label), cell(columns.group)];
  return {
    id,
    text,
    ...(image !== undefined && { image: withSlashes(image) }),
    ...(label ? { label } : {}),
    ...(group ? { group } : {}),
  };
}

/** @throws {TableRowError} for an empty cell */
function needed(table: Table, row: TableRow, column: number): string {
  const text = cellText(table, row, column)?.trim();
  if (!text) throw empty(table, row, column);
  return text;
}

function empty({ file, columns }: Table, { line }: TableRow, column: number): TableRowError {
  return new TableRowError(file, line, `${columns[column]} is empty; fill it in, or remove the row`);
}

/** A path as Windows writes it, for all systems. */
function withSlashes(path: string): string {
  return /^[a-z][a-z\d+.-]+:/i.test(path) ? path : path.replaceAll('\\', '/');
}

/**
 * Rows of one id are one item, so they must have an image or a caption in common.
 * @throws {DuplicateIdError}
 */
function expectOwnIds({ file, rows }: Table, captions: readonly CaptionRow[]): void {
  const seen = new Map<string, number>();
  for (const [i, caption] of captions.entries()) {
    const before = seen.get(caption.id);
    if (before === undefined) seen.set(caption.id, i);
    else if (!isSameItem(captions[before], caption)) {
      throw new DuplicateIdError(file, rows[i]?.line ?? 0, rows[before]?.line ?? 0, caption.id);
    }
  }
}

function isSameItem(a: CaptionRow | undefined, b: CaptionRow): boolean {
  return b.image !== undefined && (a?.image === b.image || a?.text === b.text);
}
