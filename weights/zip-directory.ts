import type { ByteSource } from '../src/platform/files.ts';
import { TruncatedFileError, ZipEntryEncodingError, ZipFormatError } from './errors.ts';

// Record layouts: PKWARE APPNOTE 6.3.9, sections 4.3.7 (local header), 4.3.12 (central directory),
// 4.3.14 and 4.3.15 (zip64 end and its locator), 4.3.16 (end), 4.5.3 (zip64 extra field).
const LOCAL_HEADER = { signature: 0x04034b50, bytes: 30 };
const CENTRAL_ENTRY = { signature: 0x02014b50, bytes: 46 };
const END = { signature: 0x06054b50, bytes: 22 };
const END64 = { signature: 0x06064b50, bytes: 56 };
const END64_LOCATOR = { signature: 0x07064b50, bytes: 20 };
const MAX_COMMENT_BYTES = 0xffff;
/** A BiomedCLIP archive has a directory of 25 KB. */
const MAX_DIRECTORY_BYTES = 16 * 1024 * 1024;

export interface ZipEntry {
  readonly name: string;
  /** Bytes of its data, unpacked. */
  readonly size: number;
  /** Bytes of its data in the archive: as many, unless it is deflated. */
  readonly storedSize: number;
  readonly deflated: boolean;
  /** CRC-32 of its data, unpacked. */
  readonly crc: number;
  readonly localHeaderOffset: number;
}

export interface ZipDirectory {
  readonly entries: ReadonlyMap<string, ZipEntry>;
  /** Where the central directory begins: no entry's data reaches past it. */
  readonly offset: number;
}

/**
 * Reads a zip archive's central directory, zip64 included.
 * @param options whether deflated entries are taken beside stored ones; default false
 * @throws {ZipFormatError} if the records are missing or contradict each other
 * @throws {ZipEntryEncodingError} if an entry is compressed otherwise, or encrypted
 */
export async function readZipDirectory(
  source: ByteSource,
  { deflate = false }: { readonly deflate?: boolean } = {},
): Promise<ZipDirectory> {
  const { offset, size, count } = await findDirectory(source);
  if (size > MAX_DIRECTORY_BYTES || offset + size > source.size) {
    throw new ZipFormatError(source.name, `a directory of ${size} bytes at ${offset} of ${source.size}`);
  }
  const bytes = await source.read(offset, size);
  const entries = new Map<string, ZipEntry>();
  let position = 0;
  for (let i = 0; i < count; i++) {
    const { entry, next } = readEntry(source.name, bytes, position, deflate);
    if (entries.has(entry.name)) throw new ZipFormatError(source.name, `two entries named ${entry.name}`);
    if (entry.localHeaderOffset + LOCAL_HEADER.bytes + entry.storedSize > offset) {
      throw new ZipFormatError(source.name, `${entry.name} reaches into the directory`);
    }
    entries.set(entry.name, entry);
    position = next;
  }
  return { entries, offset };
}

/**
 * Where an entry's data begins: behind its local header, whose name and extra field are not always as long as
 * the directory's.
 * @throws {ZipFormatError} if there is no such header, or the data would reach into the directory
 */
export async function dataOffset(source: ByteSource, zip: ZipDirectory, entry: ZipEntry): Promise<number> {
  const view = viewOf(await source.read(entry.localHeaderOffset, LOCAL_HEADER.bytes));
  if (view.getUint32(0, true) !== LOCAL_HEADER.signature) {
    throw new ZipFormatError(source.name, `no local header for ${entry.name} at ${entry.localHeaderOffset}`);
  }
  const nameAndExtra = view.getUint16(26, true) + view.getUint16(28, true);
  const start = entry.localHeaderOffset + LOCAL_HEADER.bytes + nameAndExtra;
  if (start + entry.storedSize > zip.offset) {
    throw new ZipFormatError(source.name, `${entry.name} reaches into the directory`);
  }
  return start;
}

interface DirectoryPlace {
  readonly offset: number;
  readonly size: number;
  readonly count: number;
}

async function findDirectory(source: ByteSource): Promise<DirectoryPlace> {
  if (source.size < END.bytes) throw new TruncatedFileError(source.name, END.bytes, source.size);
  const tailStart = Math.max(0, source.size - END.bytes - MAX_COMMENT_BYTES - END64_LOCATOR.bytes);
  const tail = viewOf(await source.read(tailStart, source.size - tailStart));
  const end = findEnd(tail);
  if (end === undefined) {
    throw new ZipFormatError(source.name, 'no end record, so the file was cut short');
  }
  const locator = end - END64_LOCATOR.bytes;
  if (locator >= 0 && tail.getUint32(locator, true) === END64_LOCATOR.signature) {
    return readEnd64(source, toSafe(source.name, tail.getBigUint64(locator + 8, true)));
  }
  return {
    count: tail.getUint16(end + 10, true),
    size: tail.getUint32(end + 12, true),
    offset: tail.getUint32(end + 16, true),
  };
}

/** The last end record whose comment reaches exactly to the end of the file. */
function findEnd(tail: DataView): number | undefined {
  for (let at = tail.byteLength - END.bytes; at >= 0; at--) {
    if (tail.getUint32(at, true) !== END.signature) continue;
    if (at + END.bytes + tail.getUint16(at + 20, true) === tail.byteLength) return at;
  }
  return undefined;
}

async function readEnd64(source: ByteSource, at: number): Promise<DirectoryPlace> {
  if (at + END64.bytes > source.size) throw new ZipFormatError(source.name, `a zip64 end record at ${at}`);
  const view = viewOf(await source.read(at, END64.bytes));
  if (view.getUint32(0, true) !== END64.signature) {
    throw new ZipFormatError(source.name, `no zip64 end record at ${at}`);
  }
  return {
    count: toSafe(source.name, view.getBigUint64(32, true)),
    size: toSafe(source.name, view.getBigUint64(40, true)),
    offset: toSafe(source.name, view.getBigUint64(48, true)),
  };
}

function readEntry(
  file: string,
  bytes: Uint8Array,
  at: number,
  deflate: boolean,
): { entry: ZipEntry; next: number } {
  const view = viewOf(bytes);
  if (at + CENTRAL_ENTRY.bytes > bytes.length || view.getUint32(at, true) !== CENTRAL_ENTRY.signature) {
    throw new ZipFormatError(file, `no directory entry at byte ${at} of the directory`);
  }
  const nameLength = view.getUint16(at + 28, true);
  const extraLength = view.getUint16(at + 30, true);
  const nameEnd = at + CENTRAL_ENTRY.bytes + nameLength;
  const next = nameEnd + extraLength + view.getUint16(at + 32, true);
  if (next > bytes.length) throw new ZipFormatError(file, 'the directory is cut short');

  const name = new TextDecoder().decode(bytes.subarray(at + CENTRAL_ENTRY.bytes, nameEnd));
  if ((view.getUint16(at + 8, true) & 1) !== 0) throw new ZipEntryEncodingError(file, name, 'encrypted');
  const method = view.getUint16(at + 10, true);
  const deflated = method === 8 && deflate;
  if (method !== 0 && !deflated) throw new ZipEntryEncodingError(file, name, `compressed (method ${method})`);

  const extra = viewOf(bytes.subarray(nameEnd, nameEnd + extraLength));
  const [size, storedSize, localHeaderOffset] = widen(file, name, extra, [
    view.getUint32(at + 24, true),
    view.getUint32(at + 20, true),
    view.getUint32(at + 42, true),
  ]);
  if (size !== storedSize && !deflated) {
    throw new ZipFormatError(file, `${name} is stored, yet its two sizes differ`);
  }
  const crc = view.getUint32(at + 16, true);
  return { entry: { name, size, storedSize, deflated, crc, localHeaderOffset }, next };
}

/** The zip64 extra field holds, in this order, those of the values that are 0xffffffff in the entry itself. */
function widen(file: string, name: string, extra: DataView, values: [number, number, number]) {
  if (!values.includes(0xffffffff)) return values;
  let at = 0;
  while (at + 4 <= extra.byteLength && extra.getUint16(at, true) !== 1)
    at += 4 + extra.getUint16(at + 2, true);
  const fieldEnd = at + 4 <= extra.byteLength ? at + 4 + extra.getUint16(at + 2, true) : 0;
  at += 4;
  return values.map((value) => {
    if (value !== 0xffffffff) return value;
    if (at + 8 > fieldEnd || fieldEnd > extra.byteLength) {
      throw new ZipFormatError(file, `${name} lacks its zip64 field`);
    }
    at += 8;
    return toSafe(file, extra.getBigUint64(at - 8, true));
  }) as typeof values;
}

function toSafe(file: string, value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new ZipFormatError(file, `a size or offset of ${value}`);
  return Number(value);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
