import type { ByteSource } from '../platform/files.ts';
import type { ArchiveOptions, PairArchive } from './archive.ts';
import { DuplicateItemError } from './errors.ts';
import { openParquetPairs } from './parquet.ts';
import { openTarPairs } from './tar.ts';

/**
 * Opens a set of pairs in one file: Parquet by its ending or its first bytes, else a tar.
 * @throws {BiomedClipError} what `openParquetPairs` and `openTarPairs` throw; the file is closed then
 */
export async function openArchive(source: ByteSource, options?: ArchiveOptions): Promise<PairArchive> {
  try {
    return await ((await isParquet(source)) ? openParquetPairs : openTarPairs)(source, options);
  } catch (error) {
    await source.close();
    throw error;
  }
}

async function isParquet(source: ByteSource): Promise<boolean> {
  if (/\.parquet(?:[?#]|$)/i.test(source.name)) return true;
  const start = await source.read(0, Math.min(4, source.size));
  return String.fromCharCode(...start) === 'PAR1';
}

/** @throws {DuplicateItemError} for an id of two files that are one set */
export function expectOwnIds(archives: readonly PairArchive[]): void {
  const places = new Map<string, PairArchive>();
  for (const archive of archives) {
    for (const { id } of archive.rows) {
      const earlier = places.get(id) ?? archive;
      if (earlier !== archive) throw new DuplicateItemError(id, archive.name, earlier.name);
      places.set(id, archive);
    }
  }
}
