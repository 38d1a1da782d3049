import type { ByteSource, FileDirectory } from '../../src/platform/files.ts';

/** What was done with a directory in memory. */
export interface DirectoryUse {
  /** Files that are open now. */
  open: number;
  /** Bytes of the largest single read. */
  largestRead: number;
}

/** A checkpoint directory in memory that keeps account of its use. */
export function memoryDirectory(
  files: ReadonlyMap<string, Uint8Array>,
  use: DirectoryUse = { open: 0, largestRead: 0 },
): FileDirectory {
  return {
    name: 'memory',
    async open(file) {
      const bytes = files.get(file);
      if (!bytes) return undefined;
      use.open += 1;
      return memoryFile(`memory/${file}`, bytes, use);
    },
  };
}

function memoryFile(name: string, bytes: Uint8Array, use: DirectoryUse): ByteSource {
  return {
    name,
    size: bytes.length,
    async read(offset, length) {
      use.largestRead = Math.max(use.largestRead, length);
      return bytes.slice(offset, offset + length);
    },
    async close() {
      use.open -= 1;
    },
  };
}
