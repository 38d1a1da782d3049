import type { ByteSource } from '../platform/files.ts';

/** Bytes at a place. */
export interface ByteReader {
  /** `length` bytes from `offset`, or as many as there are before the end. The caller may not write into them. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** Of a disk: a header and what is beside it. */
const DISK_BLOCK = 64 * 1024;
/** Of a server: what arrives in about the time that a request takes. */
const URL_BLOCK = 1024 * 1024;
const KEPT_BLOCKS = 4;

/**
 * Reads small pieces of a file by blocks, of which it keeps the last few: neighbours cost one request, and what is larger
 * than a block is jumped over. Larger pieces are read as they are.
 */
export function blockReader(source: ByteSource): ByteReader {
  const size = /^https?:/i.test(source.name) ? URL_BLOCK : DISK_BLOCK;
  const kept = new Map<number, Promise<Uint8Array>>();
  const block = (index: number) => {
    const found = kept.get(index) ?? source.read(index * size, Math.min(size, source.size - index * size));
    kept.delete(index);
    kept.set(index, found); // the last used is the last to go
    found.catch(() => kept.delete(index));
    if (kept.size > KEPT_BLOCKS) kept.delete(kept.keys().next().value ?? index);
    return found;
  };
  return {
    async read(offset, wanted) {
      const length = Math.max(0, Math.min(wanted, source.size - offset));
      if (length === 0) return new Uint8Array();
      if (length >= size) return source.read(offset, length);
      const first = Math.floor(offset / size);
      const start = offset - first * size;
      const head = await block(first);
      if (start + length <= head.length) return head.subarray(start, start + length);
      const bytes = new Uint8Array(length);
      bytes.set(head.subarray(start));
      bytes.set((await block(first + 1)).subarray(0, start + length - head.length), head.length - start);
      return bytes;
    },
  };
}
