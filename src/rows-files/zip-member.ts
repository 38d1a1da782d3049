import { crc32 } from '../../weights/crc32.ts';
import { dataOffset, type ZipDirectory, type ZipEntry } from '../../weights/zip-directory.ts';
import { byteStream } from '../platform/byte-stream.ts';
import type { ByteSource } from '../platform/files.ts';
import { memorySource } from '../platform/given-file.ts';
import { allocateOnHost, HostMemoryError } from '../platform/host-memory.ts';
import { RowsFormatError } from './errors.ts';

const PIECE_BYTES = 1 << 22;
/** Deflate packs at most 258 bytes into 2 bits (RFC 1951). */
const MOST_RATIO = 1032;

/** An entry of a zip archive as a file: in place where it is stored, in memory where it is deflated. @throws {RowsFormatError} */
export async function openMember(
  source: ByteSource,
  zip: ZipDirectory,
  entry: ZipEntry,
  name: string,
): Promise<ByteSource> {
  const start = await dataOffset(source, zip, entry);
  if (entry.deflated) {
    const bytes = await inflated(source, start, entry, entry.size);
    if (crc32(0, bytes) !== entry.crc) throw damaged(source, entry);
    return memorySource(name, bytes);
  }
  let crc = 0;
  for (let at = 0; at < entry.size; at += PIECE_BYTES) {
    crc = crc32(crc, await source.read(start + at, Math.min(PIECE_BYTES, entry.size - at)));
  }
  if (crc !== entry.crc) throw damaged(source, entry);
  const read = (offset: number, length: number) => source.read(start + offset, length);
  return { name, size: entry.size, read, close: async () => {} };
}

/** An entry of which the first bytes alone can be read, unchecked. */
export async function peekMember(
  source: ByteSource,
  zip: ZipDirectory,
  entry: ZipEntry,
  bytes: number,
): Promise<ByteSource> {
  const start = await dataOffset(source, zip, entry);
  const count = Math.min(bytes, entry.size);
  const head = entry.deflated ? await inflated(source, start, entry, count) : await source.read(start, count);
  return { ...memorySource(source.name, head), size: entry.size };
}

/** The first `count` bytes of a deflated entry; all of them where these are all. */
async function inflated(
  source: ByteSource,
  start: number,
  { name, size, storedSize }: ZipEntry,
  count: number,
): Promise<Uint8Array> {
  const fail = (reason: string, options?: ErrorOptions) =>
    new RowsFormatError(source.name, `${name} ${reason}; write the file again`, options);
  if (size > storedSize * MOST_RATIO + MOST_RATIO) {
    throw fail(`is said to unpack from ${storedSize} bytes to ${size}`);
  }
  const out = allocateOnHost(
    {},
    count,
    () => new Uint8Array(count),
    (available, options) =>
      new HostMemoryError(`${source.name}: ${name}`, count, available, 'save it unpacked', options),
  );
  const reader = byteStream(source, start, storedSize, PIECE_BYTES)
    .pipeThrough(new DecompressionStream('deflate-raw'))
    .getReader();
  let at = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        throw fail('cannot be unpacked', { cause });
      });
      if (done) break;
      if (at + value.length > count && count === size) throw fail(`unpacks to more than ${size} bytes`);
      out.set(value.subarray(0, count - at), at);
      at = Math.min(count, at + value.length);
      if (at === count && count < size) break;
    }
  } finally {
    await reader.cancel().catch(() => {}); // of a stream that failed
  }
  if (at < count) throw fail(`unpacks to ${at} bytes, not ${size}`);
  return out;
}

function damaged({ name: file }: ByteSource, { name }: ZipEntry): RowsFormatError {
  return new RowsFormatError(file, `${name} is damaged: its CRC-32 differs; write the file again`);
}
