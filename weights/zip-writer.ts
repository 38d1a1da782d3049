import { crc32 } from './crc32.ts';

/** A file to be stored. Its size is known beforehand, its bytes are read in order. */
export interface ZipInput {
  readonly name: string;
  readonly size: number;
  pieces(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

interface Written {
  readonly name: string;
  readonly size: number;
  readonly crc: number;
  readonly offset: number;
}

/** torch aligns each storage so that it can be mapped into memory. */
const ALIGNMENT = 64;
const UINT32_MAX = 0xffffffff;
/** A data descriptor follows the data (the CRC is not known before); names are UTF-8. */
const FLAGS = 0x0808;

/**
 * The bytes of a zip archive of stored entries, in one pass, data aligned to 64 bytes, as torch.save lays it out.
 * zip64 records wherever a size or offset needs them. The same input gives the same bytes.
 */
export async function* zipPieces(inputs: readonly ZipInput[]): AsyncGenerator<Uint8Array> {
  const written: Written[] = [];
  let offset = 0;
  for (const { name, size, pieces } of inputs) {
    const header = localHeader(name, size, offset);
    yield header;
    let crc = 0;
    for await (const piece of pieces()) {
      crc = crc32(crc, piece);
      yield piece;
    }
    const descriptor = dataDescriptor(crc, size);
    yield descriptor;
    written.push({ name, size, crc, offset });
    offset += header.length + size + descriptor.length;
  }
  yield zipDirectoryBytes(written, offset);
}

function localHeader(name: string, size: number, offset: number): Uint8Array {
  const nameBytes = new TextEncoder().encode(name);
  const zip64 = size >= UINT32_MAX ? 20 : 0;
  // At least an empty extra field of 4 bytes, stretched until the data is aligned.
  const unpadded = 30 + nameBytes.length + zip64 + 4;
  const padding = (ALIGNMENT - ((offset + unpadded) % ALIGNMENT)) % ALIGNMENT;
  const record = new ZipRecord(unpadded + padding)
    .u32(0x04034b50)
    .u16(zip64 ? 45 : 20, FLAGS, 0, 0, 0) // version needed, flags, stored, time, date
    .u32(0, zip64 ? UINT32_MAX : 0, zip64 ? UINT32_MAX : 0)
    .u16(nameBytes.length, zip64 + 4 + padding)
    .bytes(nameBytes);
  if (zip64) record.u16(1, 16).u64(0, 0);
  return record.u16(0x4246, padding).done(0x5a); // "FB", filled with Z: torch's own padding field
}

function dataDescriptor(crc: number, size: number): Uint8Array {
  return size >= UINT32_MAX
    ? new ZipRecord(24).u32(0x08074b50, crc).u64(size, size).done()
    : new ZipRecord(16).u32(0x08074b50, crc, size, size).done();
}

/** The central directory at `offset` and the end records, the zip64 ones always, as torch does. */
export function zipDirectoryBytes(entries: readonly Written[], offset: number): Uint8Array {
  const directory = entries.map(directoryEntry);
  const size = directory.reduce((sum, entry) => sum + entry.length, 0);
  const small = (value: number, limit: number) => Math.min(value, limit);
  const end = new ZipRecord(56 + 20 + 22)
    .u32(0x06064b50)
    .u64(44)
    .u16(45, 45)
    .u32(0, 0)
    .u64(entries.length, entries.length, size, offset)
    .u32(0x07064b50, 0)
    .u64(offset + size)
    .u32(1)
    .u32(0x06054b50)
    .u16(0, 0, small(entries.length, 0xffff), small(entries.length, 0xffff))
    .u32(small(size, UINT32_MAX), small(offset, UINT32_MAX))
    .u16(0)
    .done();
  const whole = new ZipRecord(size + end.length);
  for (const part of [...directory, end]) whole.bytes(part);
  return whole.done();
}

function directoryEntry({ name, size, crc, offset }: Written): Uint8Array {
  const nameBytes = new TextEncoder().encode(name);
  const bigSize = size >= UINT32_MAX;
  const bigOffset = offset >= UINT32_MAX;
  const wide = [...(bigSize ? [size, size] : []), ...(bigOffset ? [offset] : [])];
  const extra = wide.length > 0 ? 4 + 8 * wide.length : 0;
  const record = new ZipRecord(46 + nameBytes.length + extra)
    .u32(0x02014b50)
    .u16(extra ? 45 : 20, extra ? 45 : 20, FLAGS, 0, 0, 0) // made by, needed, flags, stored, time, date
    .u32(crc, bigSize ? UINT32_MAX : size, bigSize ? UINT32_MAX : size)
    .u16(nameBytes.length, extra, 0, 0, 0) // name, extra, comment, disk, internal attributes
    .u32(0, bigOffset ? UINT32_MAX : offset) // external attributes, local header
    .bytes(nameBytes);
  if (extra) record.u16(1, 8 * wide.length).u64(...wide);
  return record.done();
}

/** Little-endian fields, one after the other. */
class ZipRecord {
  private readonly data: Uint8Array;
  private readonly view: DataView;
  private at = 0;

  constructor(length: number) {
    this.data = new Uint8Array(length);
    this.view = new DataView(this.data.buffer);
  }

  u16(...values: number[]): this {
    for (const value of values) this.view.setUint16(this.advance(2), value, true);
    return this;
  }
  u32(...values: number[]): this {
    for (const value of values) this.view.setUint32(this.advance(4), value, true);
    return this;
  }
  u64(...values: number[]): this {
    for (const value of values) this.view.setBigUint64(this.advance(8), BigInt(value), true);
    return this;
  }
  bytes(values: Uint8Array): this {
    this.data.set(values, this.advance(values.length));
    return this;
  }

  /** The record, the rest of it filled. */
  done(filler = 0): Uint8Array {
    return this.data.fill(filler, this.at);
  }

  private advance(length: number): number {
    this.at += length;
    return this.at - length;
  }
}
