import { type DelimitedRow, readDelimited } from './delimited.ts';
import { jsonTable } from './json.ts';

/**
 * The rows of a table, the first its header or a row like all others; of JSON by the file's ending. What is no single value
 * there is empty.
 * @throws {TableRowError}
 */
export function readRows(text: string, file: string): DelimitedRow[] {
  if (!/\.(json|jsonl|ndjson)$/i.test(file)) return readDelimited(text, file);
  const { columns, line, rows } = jsonTable(text, file);
  const cellOf = (cell: unknown) =>
    cell === undefined || cell === null || typeof cell === 'object' ? '' : String(cell);
  return [
    { line: line ?? 1, cells: columns },
    ...rows.map((row) => ({ line: row.line, cells: row.cells.map(cellOf) })),
  ];
}
