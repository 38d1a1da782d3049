import { vectorOf } from '../../rows-files/described-rows.ts';
import { floatText } from '../float-text.ts';
import { ExportTextError } from './errors.ts';
import type { ExportedRows } from './exported-rows.ts';

/** Columns in their order; `group` is a word of SQL. */
const COLUMNS = ['modality', 'row', 'id', 'caption', 'path', 'label', '"group"', 'embedding'];
const FACTS = ['modality', 'id', 'caption', 'path', 'label', 'group'] as const;
const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

/** The statement that makes the table, for pgvector. */
export function createTable(table: string, dim: number): string {
  return `CREATE EXTENSION IF NOT EXISTS vector;
CREATE TABLE ${quoted(table)} (
  modality text,
  row integer NOT NULL,
  id text NOT NULL,
  caption text,
  path text,
  label text,
  "group" text,
  embedding vector(${dim}) NOT NULL
);`;
}

/** The statement before the rows. */
export function copyStatement(table: string): string {
  return `COPY ${quoted(table)} (${COLUMNS.join(', ')}) FROM stdin;`;
}

/** The rows in the text format of PostgreSQL's COPY, a line each. @throws {ExportTextError} */
export function* copyLines({ sets }: ExportedRows): Generator<string> {
  for (const { rows, facts } of sets) {
    for (let row = 0; row < rows.rows; row++) {
      const known = facts(row);
      const [modality, ...texts] = FACTS.map((name) => field(known[name], name, row));
      const vector = `[${Array.from(vectorOf(rows, row), floatText).join(',')}]`;
      yield [modality, row, ...texts, vector].join('\t');
    }
  }
}

/** As the manual of COPY has it: \N for what is missing, a backslash before what would end a field or a line. */
function field(value: string | undefined, name: string, row: number): string {
  if (value === undefined) return '\\N';
  if (value.includes('\0')) throw new ExportTextError(name, row);
  return value.replace(/[\\\b\f\n\r\t\v]/g, (character) => ESCAPES[character] ?? '');
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
