import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Embeddings } from '../embeddings.ts';
import { ManifestError } from './errors.ts';
import { MANIFEST_FILE, type Manifest, type RowsFile } from './manifest.ts';
import { type NpyRows, readNpyRows } from './npy-vectors.ts';

/** The rows of one modality in what `embed`, `study` or `export` wrote. */
export interface EmbeddedRows {
  /** The file of the rows. */
  readonly path: string;
  readonly kind: RowsFile;
  readonly rows: Embeddings;
  readonly manifest: Manifest;
}

/**
 * @param source a directory that `embed` or `study` wrote, or a file that `export` wrote
 * @throws {ManifestError} where no manifest says what the rows are @throws {BiomedClipError} what reading the files throws
 */
export async function readEmbeddedRows(source: string, kind: RowsFile): Promise<EmbeddedRows> {
  const isFolder = await isDirectory(source);
  const path = isFolder ? join(source, `${kind}.npy`) : source;
  const { rows, origin } = await readNpyRows(path, kind);
  if (origin?.kind !== kind || !rows.ids) {
    throw isFolder
      ? new ManifestError(
          join(source, MANIFEST_FILE),
          `is missing, or of another file than ${kind}.npy beside it`,
        )
      : new ManifestError(path, `has no manifest of its ${kind}; name what embed, study or export wrote`);
  }
  return { path, kind, rows: { ...rows, ids: rows.ids }, manifest: origin.manifest };
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
export function rowDescriptions({ kind, manifest }: EmbeddedRows): (row: number) => RowDescription {
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
