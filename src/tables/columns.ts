import { excerpt } from '../excerpt.ts';
import { CaptionsHeaderError, SeveralLabelsError, TableRowError } from './errors.ts';
import type { Table, TableRow } from './table.ts';

/** What a column of captions may hold. */
export type ColumnRole = 'image' | 'caption' | 'id' | 'label' | 'group';

/** Names of columns; those left out are found by the names that people use. */
export type ColumnNames = Readonly<Partial<Record<ColumnRole, string>>>;

/** The index of each column that there is. */
export type Columns = Readonly<Partial<Record<ColumnRole, number>>>;

/**
 * Names without capitals, spaces and marks. The first of each goes before all others; of the others only one may be
 * there, since which of two is meant is not ours to guess.
 */
const KNOWN: Readonly<Record<ColumnRole, readonly string[]>> = {
  image: [
    ...['image', 'imagepath', 'imagefile', 'imagefilename', 'imagename', 'imageurl', 'img', 'imgpath'],
    ...['imgfile', 'imgname', 'file', 'filename', 'filepath', 'path', 'url', 'picture'],
  ],
  caption: [
    ...['caption', 'captions', 'text', 'title', 'report', 'reporttext', 'description', 'sentence'],
    ...['findings', 'impression', 'captiontext', 'imagecaption'],
  ],
  id: ['id'],
  label: ['label'],
  group: ['group'],
};

/**
 * Which column is which: a named one must be there; of those known by name one alone may fit.
 * @param byOption whether a user can name columns by options such as `--image-column`
 * @param needs columns that must be there, besides one of images or ids
 * @throws {CaptionsHeaderError} naming the columns that there are
 * @throws {SeveralLabelsError} where labels are needed, and several columns of findings are there instead
 */
export function columnsOf(
  table: Table,
  named: ColumnNames,
  byOption: boolean,
  needs: readonly ('caption' | 'label')[] = ['caption'],
): Columns {
  const find = (role: ColumnRole) => columnOf(table, role, named, byOption);
  const columns = {
    ...{ image: find('image'), caption: find('caption'), id: find('id') },
    ...{ label: find('label'), group: find('group') },
  };
  for (const role of needs) {
    if (columns[role] !== undefined) continue;
    if (role === 'caption') throw absent(table, 'caption', 'the captions', byOption);
    expectNoFindings(table);
    throw absent(table, 'label', 'the classes', byOption);
  }
  if (columns.image === undefined && columns.id === undefined) {
    throw absent(table, 'image', 'the images, and none is id', byOption);
  }
  return columns;
}

/**
 * The column of one role: the named one, which must be there, else the one that is known by its name, if there is one.
 * @throws {CaptionsHeaderError}
 */
export function columnOf(
  table: Omit<Table, 'rows'>,
  role: ColumnRole,
  named: ColumnNames,
  byOption: boolean,
): number | undefined {
  const name = named[role];
  return name === undefined ? knownColumn(table, role, byOption) : namedColumn(table, role, name);
}

/** Whether these are the header of a table of captions. */
export function isCaptionsHeader(columns: readonly string[], named: ColumnNames = {}): boolean {
  const has = (role: ColumnRole) =>
    columns.some(
      (column) => plain(column) === plain(named[role] ?? '') || KNOWN[role].includes(plain(column)),
    );
  return columns.length > 1 && has('caption') && (has('image') || has('id'));
}

/** A cell as text; what JSON has none for is undefined. @throws {TableRowError} for a list or an object */
export function cellText({ file, columns }: Table, row: TableRow, column: number): string | undefined {
  const cell = row.cells[column];
  if (typeof cell === 'string') return cell;
  if (cell === undefined || cell === null) return undefined;
  if (typeof cell === 'number' || typeof cell === 'boolean') return String(cell);
  const reason = `${columns[column]} must be a string, got ${excerpt(cell)}; give one object for each text`;
  throw new TableRowError(file, row.line, reason);
}

/** `File_Name` is `filename`. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[\s_.-]+/g, '');
}

function namedColumn({ file, line, columns }: Omit<Table, 'rows'>, role: ColumnRole, name: string): number {
  const same = columns.flatMap((column, i) => (column === name.trim() ? i : []));
  const alike = columns.flatMap((column, i) => (plain(column) === plain(name) ? i : []));
  const [found, ...others] = same.length > 0 ? same : alike;
  if (found !== undefined && others.length === 0) return found;
  const reason = `has ${found === undefined ? 'no column' : 'several columns'} ${excerpt(name)}`;
  throw new CaptionsHeaderError(file, line, reason, columns, `give --${role}-column one of them`);
}

function knownColumn(table: Omit<Table, 'rows'>, role: ColumnRole, byOption: boolean): number | undefined {
  const { file, line, columns } = table;
  const names = columns.map(plain);
  const [usual = '', ...known] = KNOWN[role];
  const found = names.flatMap((name, i) => (name === usual ? i : []));
  if (found.length === 0) found.push(...names.flatMap((name, i) => (known.includes(name) ? i : [])));
  if (found.length <= 1) return found[0];
  const which = found.map((i) => excerpt(columns[i])).join(' and ');
  throw new CaptionsHeaderError(
    file,
    line,
    `${which} may each be the ${role}`,
    columns,
    adviceFor(role, byOption),
  );
}

function absent(
  { file, line, columns }: Table,
  role: 'image' | 'caption' | 'label',
  what: string,
  byOption: boolean,
) {
  const reason = `no column is known to hold ${what}`;
  return new CaptionsHeaderError(file, line, reason, columns, adviceFor(role, byOption));
}

/** As CheXpert has them: 1 present, 0 absent, -1 uncertain, empty not mentioned. */
const FINDING = /^(-?1(\.0+)?|0(\.0+)?|)$/;

/** @throws {SeveralLabelsError} for a table with a column a finding */
function expectNoFindings({ file, line, columns, rows }: Table): void {
  const findings = columns.filter((_, i) => {
    const cells = rows.map(({ cells }) => String(cells[i] ?? '').trim());
    return cells.every((cell) => FINDING.test(cell)) && cells.some((cell) => cell !== '');
  });
  if (findings.length > 1) throw new SeveralLabelsError(file, line ?? 1, findings);
}

function adviceFor(role: ColumnRole, byOption: boolean): string {
  const rename = `rename the right one ${excerpt(role)}`;
  return byOption ? `name it with --${role}-column, or ${rename}` : rename;
}
