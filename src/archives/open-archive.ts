import type { ByteSource } from '../platform/files.ts';
import type { ArchiveOptions, PairArchive } from './archive.ts';
import { DuplicateItemError } from './errors.ts';
import { openTarPairs } from './tar.ts';
import { TarFile } from './tar-file.ts';

/**
 * Opens a set of pairs in one file: Parquet by its ending or its first bytes, else a tar.
 * @throws {BiomedClipError} what `openParquetPairs` and `openTarPairs` throw; the file is closed then
 */
export async function openArchive(source: ByteSource, options?: ArchiveOptions): Promise<PairArchive> {
  try {
    if (!(await isParquet(source))) return await openTarPairs(source, options);
    const { openParquetPairs } = await import('./parquet.ts'); // with its decoders
    return await openParquetPairs(source, options);
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** The images of an archive by their names in it, whatever else is there. */
export interface ArchiveImages {
  /** @throws {ArchiveError} @throws {ImageFileSizeError} */
  read(member: string): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Opens an archive for its images alone. @throws {ArchiveError} for what is none; the file is closed then */
export async function openArchiveImages(source: ByteSource): Promise<ArchiveImages> {
  try {
    if (!(await isParquet(source))) return await TarFile.open(source);
    const { ParquetImages } = await import('./parquet-images.ts');
    return await ParquetImages.open(source);
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
