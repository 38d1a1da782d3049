import { createHash } from 'node:crypto';
import type { Embeddings } from '../embeddings.ts';
import type { RowsFile } from './manifest.ts';
import { npyPieces } from './npy.ts';
import type { WriteFile } from './staged-files.ts';

/** Writes `images.npy` and `texts.npy`. @returns their SHA-256, by which a manifest knows its files again */
export async function writeRows(
  write: WriteFile,
  rows: Readonly<Record<RowsFile, Embeddings>>,
): Promise<Record<RowsFile, string>> {
  const written = async (kind: RowsFile) => {
    const { rows: count, dim, data } = rows[kind];
    const hash = createHash('sha256');
    await write(`${kind}.npy`, async (sink) => {
      for (const piece of npyPieces({ shape: [count, dim], data })) {
        hash.update(piece);
        await sink.write(piece);
      }
    });
    return hash.digest('hex');
  };
  return { images: await written('images'), texts: await written('texts') };
}
