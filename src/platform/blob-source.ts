import { FileReadError } from './errors.ts';
import { type ByteSource, expectWithin } from './files.ts';

/** A file that the user gave to the page, read in pieces; it stays on disk. @param name what messages call it */
export function blobSource(name: string, file: Blob): ByteSource {
  const { size } = file;
  return {
    name,
    size,
    async read(offset, length) {
      expectWithin({ name, size }, offset, length);
      try {
        return new Uint8Array(await file.slice(offset, offset + length).arrayBuffer());
      } catch (cause) {
        throw fileReadError(name, cause); // changed or removed on disk since it was given
      }
    },
    async close() {},
  };
}

export function fileReadError(name: string, cause: unknown): FileReadError {
  return new FileReadError(name, cause instanceof Error ? cause.message : String(cause), { cause });
}
