import { FileRangeError } from './errors.ts';

/** A file of known size that is read in pieces: a file on disk, a `Blob`, or a URL that takes Range requests. */
export interface ByteSource {
  /** Its name in error messages: a path or URL. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Exactly `length` bytes from `offset`. The caller owns the result. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /**
   * Of files on disk. Elsewhere reads notice it: a Blob cannot be read any more, and a server's tag is another.
   * @throws {FileModifiedError} if the file was written to since it was opened
   */
  expectUnchanged?(): Promise<void>;
  close(): Promise<void>;
}

/** Refuses a read that leaves the file. @throws {FileRangeError} */
export function expectWithin(
  { name, size }: Pick<ByteSource, 'name' | 'size'>,
  offset: number,
  length: number,
): void {
  if (!(offset >= 0 && length >= 0 && offset + length <= size))
    throw new FileRangeError(name, offset, length, size);
}

/** A checkpoint directory on disk, behind a URL or in a browser. */
export interface FileDirectory {
  /** Its name in error messages. */
  readonly name: string;
  /** The commit that it is of, where a model was named. */
  readonly revision?: string;
  /** The weights file that was chosen, of any name; without it one of the usual names is looked for. */
  readonly weights?: string;
  /** The configuration that was given, whatever lies in the directory: its text, and its name in error messages. */
  readonly config?: { readonly name: string; readonly json: string };
  /** The file of that name inside the directory, or undefined where there is none. */
  open(file: string): Promise<ByteSource | undefined>;
}

/** The whole of a small text file as a string, or undefined where it is missing. */
export async function readText(directory: FileDirectory, file: string): Promise<string | undefined> {
  const source = await directory.open(file);
  if (!source) return undefined;
  try {
    return new TextDecoder().decode(await source.read(0, source.size));
  } finally {
    await source.close();
  }
}
