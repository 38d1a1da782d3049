import { type NpyArray, npyPieces, readNpyArray } from '../npy/npy.ts';
import { FileReadError } from '../platform/errors.ts';
import type { ByteSource } from '../platform/files.ts';
import { memorySource } from '../platform/given-file.ts';
import { openLocalFile, writeLocalFile } from './files.ts';
import type { InputFile } from './input-file.ts';

/** Writes an array as a .npy file, which appears under its name once it is complete. */
export async function writeNpy(path: string, array: NpyArray): Promise<void> {
  await writeLocalFile(path, async (sink) => {
    for (const piece of npyPieces(array)) await sink.write(piece);
  });
}

/** Reads a .npy file. @throws {FileReadError} if there is none @throws {BiomedClipError} as `readNpyArray` */
export async function readNpy(file: InputFile): Promise<NpyArray> {
  const source = typeof file === 'string' ? await openExisting(file) : memorySource(file.name, file.bytes);
  try {
    return await readNpyArray(source);
  } finally {
    await source.close();
  }
}

/** @throws {FileReadError} if there is none */
export async function openExisting(path: string): Promise<ByteSource> {
  const source = await openLocalFile(path);
  if (!source) throw new FileReadError(path, 'there is no such file');
  return source;
}
