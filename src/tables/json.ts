import { isJsonObject, parsedJson } from '../arguments.ts';
import { excerpt } from '../excerpt.ts';
import { linesOf } from './decode-text.ts';
import { TableRowError } from './errors.ts';
import type { Table, TableRow } from './table.ts';

/** The text of a value, and the line that it begins on. */
interface Piece {
  readonly line: number;
  readonly text: string;
}

/**
 * The table of a JSON array of objects, or of objects one a line. Its columns are the keys of all objects, in the order in
 * which they appear.
 * @throws {TableRowError} naming the line
 */
export function jsonTable(text: string, file: string): Table {
  const pieces = text.trimStart().startsWith('[') ? elementsOf(text, file) : objectLines(text);
  const objects = pieces.map((piece) => ({ line: piece.line, value: objectOf(piece, file) }));
  const columns = [...new Set(objects.flatMap(({ value }) => Object.keys(value)))];
  const rows = objects.map(
    ({ line, value }): TableRow => ({
      line,
      cells: columns.map((name) => (Object.hasOwn(value, name) ? value[name] : undefined)),
    }),
  );
  return { file, columns, line: rows[0]?.line ?? 1, rows };
}

/** Whether a line is an object's whole JSON. */
export function isObjectLine(line: string): boolean {
  return line.trimStart().startsWith('{') && isJsonObject(parsedJson(line));
}

function objectLines(text: string): Piece[] {
  return linesOf(text).flatMap((line, i) => (line.trim() === '' ? [] : { line: i + 1, text: line }));
}

function objectOf({ line, text }: Piece, file: string): Readonly<Record<string, unknown>> {
  const value = parsedJson(text);
  if (isJsonObject(value)) return value;
  const is = value === undefined ? 'is no JSON' : 'is no object';
  const advice = 'a table in JSON is an array of objects, or an object a line';
  throw new TableRowError(file, line, `${is}: found ${excerpt(text.trim())}; ${advice}`);
}

/** Strings, brackets, commas and line ends: all that decides where an element of an array ends. */
const MARKS = /"[^"\\]*(?:\\[\s\S][^"\\]*)*"|[[\]{},\n]/g;

/** The elements of an array each by itself, so that an error has its line. */
function elementsOf(text: string, file: string): Piece[] {
  const pieces: Piece[] = [];
  let [depth, line, startLine, start] = [0, 1, 1, 0];
  for (const { 0: mark, index } of text.matchAll(MARKS)) {
    line += mark.split('\n').length - 1;
    if (mark === '[' || mark === '{') depth += 1;
    if (mark === ']' || mark === '}') depth -= 1;
    if (depth === 1 && (mark === '[' || mark === '{') && start === 0) [start, startLine] = [index + 1, line];
    const ends = depth === 0 && start > 0;
    if (ends || (depth === 1 && mark === ',')) {
      const piece = pieceOf(text.slice(start, index), startLine);
      if (piece.text !== '' || !ends || pieces.length > 0) pieces.push(piece);
      [start, startLine] = [index + 1, line];
    }
    if (ends) {
      expectNothing(text.slice(start), line, file);
      return pieces;
    }
  }
  const last = pieceOf(text.slice(start), startLine).line;
  throw new TableRowError(file, last, 'the array is not closed; the file seems to be cut short');
}

function pieceOf(text: string, line: number): Piece {
  const before = text.slice(0, text.length - text.trimStart().length);
  return { line: line + before.split('\n').length - 1, text: text.trim() };
}

function expectNothing(rest: string, line: number, file: string): void {
  if (rest.trim() === '') return;
  throw new TableRowError(
    file,
    line,
    `goes on after the array's end: found ${excerpt(rest.trim())}; remove it`,
  );
}
