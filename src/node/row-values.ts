import { csvRows } from './csv-rows.ts';
import { RowValuesError } from './errors.ts';
import { type InputFile, inputName } from './input-file.ts';
import { readTextFile } from './text-file.ts';

/** What a file of values says about. */
export interface ValuedRows {
  /** For messages, such as the .npy file. */
  readonly name: string;
  readonly rows: number;
  /** From the manifest beside it. */
  readonly ids?: readonly string[];
}

/**
 * One value a row, such as its group: of a CSV with the columns `id` (or `image`) and `column`, matched by the ids of the
 * rows; of a CSV with `column` and no ids, or with one value a line, in the order of the rows.
 * @throws {TextFileReadError} @throws {TextEncodingError}
 * @throws {RowValuesError} naming the line, or the id of a row without a value
 */
export async function readRowValues(input: InputFile, column: string, of: ValuedRows): Promise<string[]> {
  const file = inputName(input);
  const rows = csvRows(
    await readTextFile(input),
    'put a value with commas in double quotes',
    (line, reason, options) => new RowValuesError(file, line, reason, options),
  );
  const names = (rows[0]?.record ?? []).map((name) => name.trim().toLowerCase());
  const at = names.indexOf(column);
  if (at < 0 && names.length > 1) {
    throw new RowValuesError(file, 1, `has no column ${column}, but ${names.join(', ')}`);
  }
  const body = at < 0 ? rows : rows.slice(1);
  const values = body.map(({ record, info }) => {
    const value = (record[Math.max(at, 0)] ?? '').trim();
    if (value === '') throw new RowValuesError(file, info.lines, `has an empty ${column}`);
    return value;
  });
  const idColumn = names.includes('id') ? names.indexOf('id') : names.indexOf('image');
  if (at >= 0 && idColumn >= 0) {
    return byId(
      file,
      column,
      body.map(({ record, info }, i) => ({
        id: (record[idColumn] ?? '').trim(),
        line: info.lines,
        value: values[i] ?? '',
      })),
      of,
    );
  }
  if (values.length === of.rows) return values;
  throw new RowValuesError(
    file,
    undefined,
    `has ${values.length} values, and ${of.name} has ${of.rows} rows; give one a row, or a column id`,
  );
}

interface Entry {
  readonly id: string;
  readonly line: number;
  readonly value: string;
}

function byId(file: string, column: string, entries: readonly Entry[], { name, ids }: ValuedRows): string[] {
  if (!ids) {
    throw new RowValuesError(
      file,
      1,
      `names ids, and no manifest beside ${name} has any; give ${column} alone, one a line in the order of the rows`,
    );
  }
  const entryOf = new Map<string, Entry>();
  for (const entry of entries) {
    const before = entryOf.get(entry.id);
    if (before && before.value !== entry.value) {
      const reason = `says ${entry.value} of "${entry.id}", and line ${before.line} ${before.value}`;
      throw new RowValuesError(file, entry.line, reason);
    }
    entryOf.set(entry.id, entry);
  }
  const missing = ids.filter((id) => !entryOf.has(id));
  if (missing.length > 0) {
    const more = missing.length > 1 ? ` and ${missing.length - 1} more ids` : '';
    throw new RowValuesError(file, undefined, `has no ${column} for "${missing[0]}"${more} of ${name}`);
  }
  return ids.map((id) => entryOf.get(id)?.value ?? '');
}
