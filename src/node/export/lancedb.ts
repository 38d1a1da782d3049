import { vectorOf } from '../../rows-files/described-rows.ts';
import { TEXT_COLUMNS } from '../../rows-files/write-parquet.ts';
import { withPackages } from '../packages/with-packages.ts';
import { ExportTableError } from './errors.ts';
import type { ExportedRows } from './exported-rows.ts';

const PACKAGES = ['@lancedb/lancedb', 'apache-arrow'];
/** Rows that are handed over at a time. */
const BATCH = 4096;

/** What is used of LanceDB; it is no dependency, since few have it. */
interface LanceDb {
  connect(path: string): Promise<{
    tableNames(): Promise<string[]>;
    createEmptyTable(
      name: string,
      schema: unknown,
      options: { readonly mode: 'create' | 'overwrite' },
    ): Promise<{ add(rows: readonly Record<string, unknown>[]): Promise<unknown>; close(): void }>;
  }>;
}

type ArrowClass = new (...parts: readonly unknown[]) => unknown;
interface Arrow {
  readonly Schema: ArrowClass;
  readonly Field: ArrowClass;
  readonly Utf8: ArrowClass;
  readonly Float32: ArrowClass;
  readonly FixedSizeList: ArrowClass;
}

/**
 * Writes rows into a table of a LanceDB database, a directory: the columns of the Parquet file, the vector as `vector`.
 * @throws {MissingPackageError} @throws {ExportTableError} where the table is there, without `overwrite`
 */
export async function writeLanceDb(
  directory: string,
  table: string,
  { sets, dim }: ExportedRows,
  { overwrite }: { readonly overwrite: boolean },
): Promise<void> {
  const [lancedb, arrow] = await withPackages('export --lancedb', PACKAGES, loadPackages);
  const database = await lancedb.connect(directory);
  if (!overwrite && (await database.tableNames()).includes(table)) {
    throw new ExportTableError(directory, table);
  }
  const opened = await database.createEmptyTable(table, schemaOf(arrow, dim), {
    mode: overwrite ? 'overwrite' : 'create',
  });
  try {
    for (const { rows, facts } of sets) {
      for (let first = 0; first < rows.rows; first += BATCH) {
        const count = Math.min(BATCH, rows.rows - first);
        await opened.add(
          Array.from({ length: count }, (_, i) => {
            const known = facts(first + i);
            const texts = TEXT_COLUMNS.map((name) => [name, known[name] ?? null] as const);
            return { ...Object.fromEntries(texts), vector: Array.from(vectorOf(rows, first + i)) };
          }),
        );
      }
    }
  } finally {
    opened.close();
  }
}

async function loadPackages(): Promise<[LanceDb, Arrow]> {
  const loaded: unknown[] = [];
  for (const name of PACKAGES) loaded.push(await import(name)); // not by a literal: bundlers would look for them
  return loaded as [LanceDb, Arrow];
}

function schemaOf({ Schema, Field, Utf8, Float32, FixedSizeList }: Arrow, dim: number): unknown {
  const texts = TEXT_COLUMNS.map((name) => new Field(name, new Utf8(), name !== 'id'));
  const items = new FixedSizeList(dim, new Field('item', new Float32(), true));
  return new Schema([...texts, new Field('vector', items, false)]);
}
