import { CsvError, parse } from 'csv-parse/browser/esm/sync'; // without Node's modules, for Node too
import { excerpt } from '../excerpt.ts';
import { linesOf } from './decode-text.ts';
import { TableRowError } from './errors.ts';
import type { Table } from './table.ts';

/** A line of fields, the header's too. */
export interface DelimitedRow {
  /** The line that it ends on. */
  readonly line: number;
  readonly cells: readonly string[];
}

const DELIMITERS = { ',': 'commas', ';': 'semicolons', '\t': 'tabs' } as const;
type Delimiter = keyof typeof DELIMITERS;

/**
 * The rows of a text of fields between commas, semicolons or tabs: what Excel's line `sep=` says, else what the first line
 * has most of. Quoted as RFC 4180 says; between tabs a quote inside a field is text. Lines end in LF or CRLF, or all in CR;
 * lines without anything in them are no rows, and empty fields beyond the header's are no fields.
 * @throws {TableRowError} for a row of another length than the first, and for quotes that do not match
 */
export function readDelimited(text: string, file: string): DelimitedRow[] {
  const { delimiter, body } = withoutSep(text.includes('\n') ? text : text.replaceAll('\r', '\n'));
  const rows = parsedRows(body, delimiter ?? delimiterOf(body), file).filter(hasContent);
  const [first, ...others] = rows;
  if (!first) return [];
  const header = { ...first, cells: withoutEmptyEnd(first.cells, 1) };
  const columns = header.cells.length;
  const between = DELIMITERS[delimiter ?? delimiterOf(body)];
  return [header, ...others.map((row) => fitted(row, columns, between, file))];
}

/** The same as a table, the first row being the header; undefined for a text without one. */
export function delimitedTable(text: string, file: string): Table | undefined {
  const [header, ...rows] = readDelimited(text, file);
  return header && { file, columns: header.cells.map((name) => name.trim()), line: header.line, rows };
}

/** The names in a text's first line, were it the header of a table. */
export function headerNames(text: string): string[] {
  const { delimiter, body } = withoutSep(text);
  const first = firstLine(body);
  return first.split(delimiter ?? delimiterOf(first)).map((name) => name.trim().replace(/^"(.*)"$/, '$1'));
}

/** The line stays, empty, so that lines keep their numbers. */
function withoutSep(text: string): { readonly delimiter?: Delimiter; readonly body: string } {
  const [line = '', delimiter] = /^sep=([,;\t])(?=\r?\n|$)/i.exec(text) ?? [];
  return { delimiter: delimiter as Delimiter | undefined, body: text.slice(line.length) };
}

function delimiterOf(text: string): Delimiter {
  const line = firstLine(text).replace(/"[^"]*"/g, '');
  const counts = Object.keys(DELIMITERS).map((name) => [name, line.split(name).length] as const);
  const [most] = counts.toSorted(([, a], [, b]) => b - a);
  return (most?.[0] ?? ',') as Delimiter;
}

function firstLine(text: string): string {
  return linesOf(text).find((line) => line.trim() !== '') ?? '';
}

function parsedRows(text: string, delimiter: Delimiter, file: string): DelimitedRow[] {
  const done: DelimitedRow[] = [];
  try {
    parse(text, {
      delimiter,
      record_delimiter: ['\r\n', '\n'],
      relax_column_count: true, // rows of another length are ours to report
      relax_quotes: delimiter === '\t',
      skip_empty_lines: true,
      on_record: (cells: string[], { lines }) => {
        done.push({ line: lines, cells });
        return null;
      },
    });
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    const line = lineAfter(text, done.at(-1)?.line ?? 0);
    throw new TableRowError(file, line.number, `${reasonOf(cause, done[0])}: found ${excerpt(line.text)}`, {
      cause,
    });
  }
  return done;
}

/** The first line with anything in it after the rows that could be read. */
function lineAfter(text: string, last: number): { readonly number: number; readonly text: string } {
  const lines = linesOf(text);
  let at = last;
  while (at < lines.length - 1 && (lines[at] ?? '').trim() === '') at += 1;
  return { number: at + 1, text: lines[at] ?? '' };
}

function reasonOf({ code, ...error }: CsvError, header: DelimitedRow | undefined): string {
  const column = typeof error.column === 'number' ? (header?.cells[error.column] ?? error.column + 1) : '';
  const where = column === '' ? 'a field' : `column ${column}`;
  if (code === 'CSV_QUOTE_NOT_CLOSED') {
    return `a double quote opens ${where} and none closes it; close it, and write a quote inside a quoted field twice`;
  }
  if (code === 'INVALID_OPENING_QUOTE' || code === 'CSV_INVALID_CLOSING_QUOTE') {
    return `a double quote stands inside ${where}; put the whole field in double quotes, and write each quote inside twice`;
  }
  return 'cannot be read as a row of fields; write the table anew from the program that made it';
}

/** Spreadsheets leave rows of nothing but delimiters at the end. */
function hasContent({ cells }: DelimitedRow): boolean {
  return cells.length === 1 || cells.some((cell) => cell.trim() !== '');
}

function withoutEmptyEnd(cells: readonly string[], least: number): readonly string[] {
  let length = cells.length;
  while (length > least && (cells[length - 1] ?? '').trim() === '') length -= 1;
  return cells.slice(0, length);
}

function fitted(row: DelimitedRow, columns: number, between: string, file: string): DelimitedRow {
  const cells = row.cells.length > columns ? withoutEmptyEnd(row.cells, columns) : row.cells;
  if (cells.length === columns) return { ...row, cells };
  const counts = `has ${cells.length} fields, and the first row ${columns}`;
  const advice =
    cells.length > columns
      ? `put a field with ${between} in double quotes`
      : `give each row ${columns} fields`;
  throw new TableRowError(file, row.line, `${counts}; ${advice}: found ${excerpt(row.cells.join(' | '))}`);
}
