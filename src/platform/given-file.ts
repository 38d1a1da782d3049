import { InvalidOptionError } from '../errors.ts';
import type { ByteSource } from './files.ts';

/** Where a file is: a path (Node), a URL, or its bytes. */
export type GivenFile = string | URL | Blob | Uint8Array;

/** What a platform opens by path or URL. */
export interface FileOpener {
  openFile(source: string | URL): Promise<ByteSource>;
}

/**
 * Opens a file that a caller gives.
 * @param name of bytes, in messages; a File has its own
 * @throws {FileReadError} @throws {InvalidOptionError} for any other source
 */
export async function openGivenFile(files: FileOpener, name: string, source: GivenFile): Promise<ByteSource> {
  if (source instanceof Uint8Array) return memorySource(name, source);
  if (source instanceof Blob) {
    const named = source instanceof File && source.name !== '' ? source.name : name;
    return memorySource(named, new Uint8Array(await source.arrayBuffer()));
  }
  const isText = typeof source === 'string' && source !== '';
  if (isText || source instanceof URL) return files.openFile(source);
  throw new InvalidOptionError('source', 'a path, a URL, a Blob or the bytes of a file', source);
}

/** Bytes read already. The reader asks for no more than there is. */
export function memorySource(name: string, bytes: Uint8Array): ByteSource {
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length); // slices of Node's Buffer are no copies
  return {
    name,
    size: bytes.length,
    read: async (offset, length) => plain.slice(offset, offset + length),
    close: async () => {},
  };
}
