import { createHash } from 'node:crypto';
import type { Embeddings } from '../embeddings.ts';
import { npyPieces } from '../npy/npy.ts';
import { MANIFEST_FILE, type Manifest, type RowsFile } from './manifest.ts';
import type { WriteFile } from './staged-files.ts';

/** The files of a directory of embeddings. */
export const EMBEDDING_FILES = ['images.npy', 'texts.npy', MANIFEST_FILE] as const;

/** Writes them. @returns the manifest as it is written, with the SHA-256 of both files */
export async function writeEmbeddings(
  write: WriteFile,
  rows: Readonly<Record<RowsFile, Embeddings>>,
  manifest: Manifest,
): Promise<Manifest> {
  const files = {
    images: await writeRows(write, rows, 'images'),
    texts: await writeRows(write, rows, 'texts'),
  };
  const whole = { ...manifest, files };
  const json = `${JSON.stringify(whole, null, 2)}\n`;
  await write(MANIFEST_FILE, (sink) => sink.write(new TextEncoder().encode(json)));
  return whole;
}

async function writeRows(
  write: WriteFile,
  rows: Readonly<Record<RowsFile, Embeddings>>,
  kind: RowsFile,
): Promise<string> {
  const { rows: count, dim, data } = rows[kind];
  const hash = createHash('sha256');
  await write(`${kind}.npy`, async (sink) => {
    for (const piece of npyPieces({ shape: [count, dim], data })) {
      hash.update(piece);
      await sink.write(piece);
    }
  });
  return hash.digest('hex');
}
