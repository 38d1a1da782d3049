import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Embeddings } from '../embeddings.ts';
import { ManifestError } from './errors.ts';
import { MANIFEST_FILE, type Manifest, type RowsFile } from './manifest.ts';
import { type NpyRows, readNpyRows } from './npy-vectors.ts';

/** The rows of one modality in a directory that `embed` or `study` wrote. */
export interface EmbeddedRows {
  /** The file of the rows. */
  readonly path: string;
  readonly kind: RowsFile;
  readonly rows: Embeddings;
  readonly manifest: Manifest;
}

/** @throws {ManifestError} where no manifest says what the rows are @throws {BiomedClipError} what reading the files throws */
export async function readEmbeddedRows(directory: string, kind: RowsFile): Promise<EmbeddedRows> {
  const path = join(directory, `${kind}.npy`);
  const { rows, origin } = await readNpyRows(path);
  if (origin?.kind !== kind || !rows.ids) {
    throw new ManifestError(
      join(directory, MANIFEST_FILE),
      `is missing, or of another file than ${kind}.npy beside it`,
    );
  }
  return { path, kind, rows: { ...rows, ids: rows.ids }, manifest: origin.manifest };
}

/** The same, or the rows of a .npy file that a manifest need not describe. */
export async function readDirectoryOrNpy(source: string, kind: RowsFile): Promise<NpyRows> {
  const info = await stat(source).catch(() => undefined);
  if (!info?.isDirectory()) return readNpyRows(source);
  const { path, rows, manifest } = await readEmbeddedRows(source, kind);
  return { path, rows, origin: { manifest, kind, file: join(source, MANIFEST_FILE) } };
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
