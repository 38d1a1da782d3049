import { stat } from 'node:fs/promises';
import type { DescribedRows, DescribedSet } from '../../rows-files/described-rows.ts';
import { readEmbeddedRows, rowDescriptions } from '../embedded-rows.ts';
import { UsageError } from '../errors.ts';
import type { Manifest, RowsFile } from '../manifest.ts';
import { type NpyRows, readNpyRows } from '../npy-vectors.ts';

/** All that is exported. */
export interface ExportedRows extends DescribedRows {
  /** Rows of all sets. */
  readonly count: number;
  readonly dim: number;
  readonly manifest?: Manifest;
  /** Files that were read, for the provenance. */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * Rows of a directory or a file, with what its manifest says of them.
 * @param kinds those to take of both
 * @throws {UsageError} where there is no row @throws {BiomedClipError} what reading throws
 */
export async function readExported(source: string, kinds: readonly RowsFile[]): Promise<ExportedRows> {
  const isFolder = (await stat(source).catch(() => undefined))?.isDirectory() ?? false;
  const read: NpyRows[] = [];
  for (const kind of kinds) {
    if (isFolder) {
      const { path, rows, manifest } = await readEmbeddedRows(source, kind);
      read.push({ path, rows, origin: { manifest, kind, file: path } });
      continue;
    }
    const one = await readNpyRows(source, kind);
    read.push(one);
    if (one.origin?.kind !== kind || one.origin.manifest[other(kind)].length === 0) break; // the file has no others
  }
  const [first] = read;
  const sets = read.filter(({ rows }) => rows.rows > 0).map(setOf);
  if (!first || sets.length === 0) throw new UsageError(`${source}: has no ${kinds.join(' or ')} to export`);
  return {
    sets,
    count: sets.reduce((sum, { rows }) => sum + rows.rows, 0),
    dim: first.rows.dim,
    manifest: first.origin?.manifest,
    files: Object.fromEntries(read.map(({ path, origin }) => [origin?.kind ?? 'rows', path])),
  };
}

function other(kind: RowsFile): RowsFile {
  return kind === 'images' ? 'texts' : 'images';
}

/** Rows with what their manifest says of each. */
export function setOf({ rows, origin }: NpyRows): DescribedSet {
  const ids = rows.ids ?? Array.from({ length: rows.rows }, (_, row) => String(row));
  if (!origin) return { rows, facts: (row) => ({ id: ids[row] ?? '' }) };
  const { kind, manifest } = origin;
  const describe = rowDescriptions({ kind, manifest });
  const known = (row: number) => {
    const { label, group, sha256 } =
      kind === 'images' ? { ...manifest.images[row] } : { ...manifest.texts[row], sha256: undefined };
    return { label, group, sha256 };
  };
  const modality = kind === 'images' ? 'image' : 'text';
  return { kind, rows, facts: (row) => ({ id: ids[row] ?? '', modality, ...describe(row), ...known(row) }) };
}
