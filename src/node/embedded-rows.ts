import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Embeddings } from '../embeddings.ts';
import { type RowSource, rowsInMemory } from '../metrics/search/row-source.ts';
import { RowLayoutError } from '../rows-files/errors.ts';
import { openRows } from '../rows-files/open-rows.ts';
import { expectFinished } from './alone-in.ts';
import { ManifestError } from './errors.ts';
import { MANIFEST_FILE, type Manifest, type RowsFile } from './manifest.ts';
import { type NpyRows, originOf, readNpyRows } from './npy-vectors.ts';
import { openFile } from './platform.ts';

/** What is known of the rows of one modality that `embed`, `study` or `export` wrote. */
export interface DescribedRows {
  /** The file of the rows. */
  readonly path: string;
  readonly kind: RowsFile;
  readonly manifest: Manifest;
}

export interface EmbeddedRows extends DescribedRows {
  readonly rows: Embeddings;
}

/** Rows that are read some at a time, and are to be closed. */
export interface OpenedRows extends DescribedRows {
  readonly ids: readonly string[];
  readonly source: RowSource;
}

/**
 * @param source a directory that `embed` or `study` wrote, or a file that `export` wrote
 * @throws {ManifestError} where no manifest says what the rows are @throws {BiomedClipError} what reading the files throws
 */
export async function readEmbeddedRows(source: string, kind: RowsFile): Promise<EmbeddedRows> {
  const isFolder = await isDirectory(source);
  const path = isFolder ? join(source, `${kind}.npy`) : source;
  const { rows, origin } = await readNpyRows(path, kind);
  if (origin?.kind !== kind || !rows.ids) throw undescribed(source, kind, isFolder);
  return { path, kind, rows: { ...rows, ids: rows.ids }, manifest: origin.manifest };
}

/**
 * The same, without having the rows of a folder in memory: what `embed` and `study` wrote is read as it is asked for. A file
 * that is named by itself is read whole.
 * @throws {ManifestError} @throws {BiomedClipError} what reading the files throws
 */
export async function openEmbeddedRows(source: string, kind: RowsFile): Promise<OpenedRows> {
  const path = join(source, `${kind}.npy`);
  const opened = (await isDirectory(source)) ? await openInPlace(source, path) : undefined;
  if (!opened) {
    const { rows, ...described } = await readEmbeddedRows(source, kind);
    return { ...described, ids: rows.ids, source: rowsInMemory(described.path, rows) };
  }
  try {
    const origin = await originOf(path);
    const ids = origin?.manifest[kind].map(({ id }) => id);
    if (origin?.kind !== kind || ids?.length !== opened.rows) throw undescribed(source, kind, true);
    return { path, kind, manifest: origin.manifest, ids, source: opened };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** Undefined for values that are converted as they are read. */
async function openInPlace(folder: string, path: string): Promise<RowSource | undefined> {
  await expectFinished(folder);
  try {
    return await openRows({ openFile }, path);
  } catch (error) {
    if (error instanceof RowLayoutError) return undefined;
    throw error;
  }
}

function undescribed(source: string, kind: RowsFile, isFolder: boolean): ManifestError {
  if (!isFolder)
    return new ManifestError(
      source,
      `has no manifest of its ${kind}; name what embed, study or export wrote`,
    );
  const reason = `is missing, or of another file than ${kind}.npy beside it`;
  return new ManifestError(join(source, MANIFEST_FILE), reason);
}

/** The same, or the rows of a file that a manifest need not describe. */
export async function readDirectoryOrNpy(source: string, kind: RowsFile): Promise<NpyRows> {
  if (!(await isDirectory(source))) return readNpyRows(source, kind);
  const { path, rows, manifest } = await readEmbeddedRows(source, kind);
  return { path, rows, origin: { manifest, kind, file: join(source, MANIFEST_FILE) } };
}

async function isDirectory(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

/** What a row is, for people. */
export interface RowDescription {
  readonly caption?: string;
  /** Of an image: where it lies, as the manifest has it. */
  readonly path?: string;
}

/** Describes rows: an image by the caption of its pair, or the first of its id. */
export function rowDescriptions({
  kind,
  manifest,
}: Omit<DescribedRows, 'path'>): (row: number) => RowDescription {
  const { images, texts, pairs = 0 } = manifest;
  if (kind === 'texts') return (row) => ({ caption: texts[row]?.caption });
  const byId = new Map<string, string>();
  for (const { id, caption } of texts) if (!byId.has(id)) byId.set(id, caption);
  return (row) => {
    const image = images[row];
    const caption = row < pairs ? texts[row]?.caption : byId.get(image?.id ?? '');
    return { path: image?.path ?? '', ...(caption === undefined ? {} : { caption }) };
  };
}
