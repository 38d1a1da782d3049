import type { ByteSource } from '../platform/files.ts';
import { RowGapError } from './errors.ts';
import { MANIFEST_KEY, parsedManifest } from './manifest.ts';
import { ParquetTable } from './parquet-table.ts';
import { type AskedRows, chosen, type FileRows, isKind, type RowsKind } from './rows-file.ts';

const KINDS: Readonly<Record<string, RowsKind>> = { image: 'images', text: 'texts' };
/** Of rows by `export`, in the manifest's terms. */
const FACTS = ['path', 'caption', 'label', 'group', 'sha256'] as const;
const IDS = 'id';
const MODALITY = 'modality';

/**
 * Vectors of a Parquet file: its only column of lists of numbers, or the one that is asked for, with ids from a column `id`. A
 * column `modality` of `image` and `text` tells the rows of either apart, as `export` writes it.
 * @throws {RowsFormatError} @throws {RowsNameError} @throws {RowLengthError} @throws {RowGapError} @throws {ElementRangeError}
 * @throws {HostMemoryError}
 */
export async function readParquetRows(source: ByteSource, asked: AskedRows): Promise<FileRows> {
  const table = await ParquetTable.open(source);
  const modality = table.has(MODALITY) ? await table.texts(MODALITY) : undefined;
  const kinds = modality && [...new Set(modality.map((value) => KINDS[value ?? '']))];
  const known = kinds?.every((kind) => kind !== undefined) ? kinds : [];
  const { name } = asked;
  const named = name !== undefined && isKind(name) && known.includes(name) ? name : undefined;
  const column = chosen(source.name, named === undefined ? { name } : {}, table.vectorColumns());
  const kind = known.length === 0 ? undefined : (named ?? chosen(source.name, { kind: asked.kind }, known));
  const rows = Array.from({ length: table.rows }, (_, row) => row).filter(
    (row) => kind === undefined || KINDS[modality?.[row] ?? ''] === kind,
  );
  const vectors = await table.vectors(column, rows);
  const ids = table.has(IDS) ? idsOf(source.name, await table.texts(IDS)) : undefined;
  return {
    rows: { ...vectors, ...(ids && { ids: rows.map((row) => ids[row] ?? '') }) },
    ...(isOneOf(kind) && { kind }),
    ...(ids && modality && { manifest: await manifestOf(table, ids, modality) }),
  };
}

function isOneOf(kind: string | undefined): kind is RowsKind {
  return kind !== undefined && isKind(kind);
}

/** @throws {RowGapError} */
function idsOf(file: string, values: readonly (string | undefined)[]): string[] {
  return values.map((value, row) => {
    if (value === undefined) throw new RowGapError(file, row, IDS);
    return value;
  });
}

/** What `export` took apart: the manifest's own fields in the metadata, its lists as columns. */
async function manifestOf(
  table: ParquetTable,
  ids: readonly string[],
  modality: readonly (string | undefined)[],
): Promise<unknown> {
  const json = table.metadataOf(MANIFEST_KEY);
  if (json === undefined) return undefined;
  const facts = new Map<string, (string | undefined)[]>();
  for (const fact of FACTS) if (table.has(fact)) facts.set(fact, await table.texts(fact));
  const entry = (row: number) =>
    Object.fromEntries([['id', ids[row]], ...[...facts].map(([fact, values]) => [fact, values[row]])]);
  const of = (kind: RowsKind) =>
    ids.flatMap((_, row) => (KINDS[modality[row] ?? ''] === kind ? [entry(row)] : []));
  return { ...parsedManifest(table.file, json), images: of('images'), texts: of('texts') };
}
