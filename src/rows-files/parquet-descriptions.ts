import type { ByteSource } from '../platform/files.ts';
import { type ColumnRole, columnOf } from '../tables/columns.ts';
import type { RowDescription } from './described-rows.ts';
import { ParquetTable } from './parquet-table.ts';

const MODALITY = 'modality';
/** What tables name, and rows are described by. */
const ROLES: readonly (readonly [keyof RowDescription, ColumnRole])[] = [
  ['id', 'id'],
  ['caption', 'caption'],
  ['path', 'image'],
  ['label', 'label'],
  ['group', 'group'],
];

/** Whether a Parquet file has vectors, and no images that lie in it. @throws {RowsFormatError} */
export async function holdsVectors(source: ByteSource): Promise<boolean> {
  const table = await ParquetTable.open(source);
  return table.vectorColumns().length > 0 && !table.hasBytes();
}

/**
 * What a Parquet file says of each row beside its vectors, in columns that are found by the names that tables have.
 * @throws {RowsFormatError} @throws {CaptionsHeaderError} where two columns may be meant
 */
export async function describedParquet(source: ByteSource): Promise<readonly Partial<RowDescription>[]> {
  const table = await ParquetTable.open(source);
  const columns = table.textColumns();
  const values = new Map<keyof RowDescription, readonly (string | undefined)[]>();
  for (const [fact, role] of ROLES) {
    const index = columnOf({ file: source.name, columns, line: undefined }, role, {}, false);
    const column = index === undefined ? undefined : columns[index];
    if (column !== undefined) values.set(fact, await table.texts(column));
  }
  if (table.has(MODALITY)) values.set('modality', await table.texts(MODALITY));
  return Array.from({ length: table.rows }, (_, row) =>
    Object.fromEntries([...values].flatMap(([fact, of]) => (of[row] === undefined ? [] : [[fact, of[row]]]))),
  );
}
