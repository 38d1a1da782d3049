import { digestOf } from './digest.ts';
import { KeptDamagedError } from './errors.ts';

/** One file of what is kept, never changed once it is written; by its length and digest it is known to be whole. */
export interface Piece {
  readonly name: string;
  readonly bytes: number;
  readonly digest: string;
}

/** Under a name of its own, so that nothing that is kept already is touched. */
export async function writePiece(folder: FileSystemDirectoryHandle, content: Blob): Promise<Piece> {
  const name = crypto.randomUUID();
  const digest = await digestOf(content);
  await writeFile(folder, name, content);
  return { name, bytes: content.size, digest };
}

/** @param what it holds, for people @throws {KeptDamagedError} */
export async function readPiece(
  folder: FileSystemDirectoryHandle,
  { name, bytes, digest }: Piece,
  what: string,
): Promise<Blob> {
  const file = await readFile(folder, name);
  if (!file) throw new KeptDamagedError(`${what}: the file is gone`);
  if (file.size !== bytes) {
    throw new KeptDamagedError(
      `${what}: ${file.size.toLocaleString('en')} of ${bytes.toLocaleString('en')} bytes are there`,
    );
  }
  if ((await digestOf(file)) !== digest) throw new KeptDamagedError(`${what}: not as it was written`);
  return file;
}

/** Undefined where there is none. */
export async function readFile(folder: FileSystemDirectoryHandle, name: string): Promise<File | undefined> {
  try {
    return await (await folder.getFileHandle(name)).getFile();
  } catch (error) {
    if (error instanceof Error && error.name === 'NotFoundError') return undefined;
    throw error;
  }
}

/** The browser writes beside, and puts the whole in its place as the last step. */
export async function writeFile(
  folder: FileSystemDirectoryHandle,
  name: string,
  content: Blob,
): Promise<void> {
  const file = await folder.getFileHandle(name, { create: true });
  const to = await file.createWritable();
  try {
    await to.write(content);
    await to.close();
  } catch (error) {
    await to.abort().catch(() => undefined); // an errored stream is gone already
    throw error;
  }
}
