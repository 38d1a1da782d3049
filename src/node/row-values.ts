import { decodeText } from '../tables/decode-text.ts';
import { readRows } from '../tables/rows.ts';
import { RowValuesError } from './errors.ts';
import { type InputFile, inputName } from './input-file.ts';
import { readInput } from './text-file.ts';

/** What a file of values says about. */
export interface ValuedRows {
  /** For messages, such as the .npy file. */
  readonly name: string;
  readonly rows: number;
  /** From the manifest beside it. */
  readonly ids?: readonly string[];
}

export interface RowValuesOptions {
  readonly encoding?: string;
  /** The column of the values, where it is not named as what they are. */
  readonly column?: string;
  /** Default: `id`, else `image`. */
  readonly idColumn?: string;
}

/**
 * One value a row, such as its group: of a table with the columns `id` (or `image`) and `what`, matched by the ids of the
 * rows; of a table with `what` and no ids, or with one value a line, in the order of the rows.
 * @param what `group`, `label` or `split`
 * @throws {TextFileReadError} @throws {TextEncodingError} @throws {TableRowError}
 * @throws {RowValuesError} naming the line, or the id of a row without a value
 */
export async function readRowValues(
  input: InputFile,
  what: 'group' | 'label' | 'split',
  of: ValuedRows,
  { encoding, column = what, idColumn }: RowValuesOptions = {},
): Promise<string[]> {
  const file = inputName(input);
  const text = decodeText(await readInput(input), file, { encoding, encodingOption: 'pass --encoding' });
  const rows = readRows(text, file);
  const names = (rows[0]?.cells ?? []).map((name) => name.trim().toLowerCase());
  const at = names.indexOf(column.trim().toLowerCase());
  if (at < 0 && (names.length > 1 || column !== what)) throw noColumn(file, column, names);
  const body = at < 0 ? rows : rows.slice(1);
  const values = body.map(({ cells, line }) => {
    const value = (cells[Math.max(at, 0)] ?? '').trim();
    if (value === '') throw new RowValuesError(file, line, `has an empty ${column}`);
    return value;
  });
  const ids = idsAt(file, names, idColumn);
  if (at >= 0 && ids >= 0) {
    const entries = body.map(({ cells, line }, i) => ({
      id: (cells[ids] ?? '').trim(),
      line,
      value: values[i] ?? '',
    }));
    return byId(file, column, entries, of);
  }
  if (values.length === of.rows) return values;
  throw new RowValuesError(
    file,
    undefined,
    `has ${values.length} values, and ${of.name} has ${of.rows} rows; give one a row, or a column id`,
  );
}

function noColumn(file: string, column: string, names: readonly string[]): RowValuesError {
  return new RowValuesError(file, 1, `has no column ${column}, but ${names.join(', ')}`);
}

/** @throws {RowValuesError} where the named column is not there */
function idsAt(file: string, names: readonly string[], named: string | undefined): number {
  if (named === undefined) return names.includes('id') ? names.indexOf('id') : names.indexOf('image');
  const at = names.indexOf(named.trim().toLowerCase());
  if (at < 0) throw noColumn(file, named, names);
  return at;
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
