import type { PageHeader } from 'hyparquet';
import { parquetHeader, type readPage } from 'hyparquet/src/column.js';
import { decompressPage } from 'hyparquet/src/datapage.js';
import { getMaxDefinitionLevel, getMaxRepetitionLevel } from 'hyparquet/src/schema.js';

type Decoder = Parameters<typeof readPage>[2];

/** Values of a page. Writers take a million at most; an array that grows to 2^27 ends the process, and no error says so. */
const MOST_VALUES = 1 << 24;

/**
 * Looks at the lengths in pages before they are decoded: hyparquet takes run lengths as they come, and a damaged one of a
 * few bytes would fill the memory.
 * @param bytes pages with their headers, one behind another
 * @throws {Error} for a page of more values than any has
 */
export function expectRuns(bytes: Uint8Array, decoder: Decoder): void {
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
  while (reader.offset < bytes.length - 1) {
    const header = headerIn(reader);
    const packed = header?.compressed_page_size ?? -1;
    if (!header || !(packed >= 0 && reader.offset + packed <= bytes.length)) return; // the decoder says so, if it comes there
    expectPage(header, bytes.subarray(reader.offset, reader.offset + packed), decoder);
    reader.offset += packed;
  }
}

function headerIn(reader: Parameters<typeof parquetHeader>[0]): PageHeader | undefined {
  try {
    return parquetHeader(reader);
  } catch {
    return undefined;
  }
}

function expectPage(header: PageHeader, bytes: Uint8Array, decoder: Decoder): void {
  const { data_page_header: first, data_page_header_v2: second, dictionary_page_header: dictionary } = header;
  expectCount(first?.num_values ?? second?.num_values ?? dictionary?.num_values ?? 0);
  const [repetition, definition] = [getMaxRepetitionLevel, getMaxDefinitionLevel].map((most) =>
    bitWidth(most(decoder.schemaPath)),
  ) as [number, number];
  if (first) {
    const hasRuns = repetition > 0 || definition > 0 || isByNumber(first.encoding);
    if (!hasRuns) return;
    const page = unpacked(bytes, header.uncompressed_page_size, decoder);
    let at = 0;
    for (const width of [repetition, definition]) {
      if (width === 0) continue;
      const length = new DataView(page.buffer, page.byteOffset, page.byteLength).getUint32(at, true);
      expectRunsIn(page.subarray(at + 4), width, first.num_values);
      at += 4 + length;
    }
    expectValues(page.subarray(at), first.encoding, decoder, first.num_values);
  } else if (second) {
    const { repetition_levels_byte_length: r, definition_levels_byte_length: d, num_values: values } = second;
    if (!(r >= 0 && d >= 0 && r + d <= bytes.length)) throw new Error('levels go beyond their page');
    if (repetition > 0) expectRunsIn(bytes.subarray(0), repetition, values);
    if (definition > 0) expectRunsIn(bytes.subarray(r), definition, values);
    if (!isByNumber(second.encoding)) return;
    const rest = bytes.subarray(r + d);
    const page =
      second.is_compressed === false ? rest : unpacked(rest, header.uncompressed_page_size - r - d, decoder);
    expectValues(page, second.encoding, decoder, values);
  }
}

/** Whether values are numbers of a dictionary, or bits, in runs. */
function isByNumber(encoding: string): boolean {
  return ['PLAIN_DICTIONARY', 'RLE_DICTIONARY', 'RLE'].includes(encoding);
}

function expectValues(page: Uint8Array, encoding: string, { type }: Decoder, values: number): void {
  if (!isByNumber(encoding)) return;
  const isBit = type === 'BOOLEAN';
  const width = isBit ? 1 : (page[0] ?? 0);
  if (width > 0) expectRunsIn(page.subarray(isBit ? 4 : 1), width, values);
}

function unpacked(bytes: Uint8Array, size: number, { codec, compressors }: Decoder): Uint8Array {
  if (!(size >= 0)) throw new Error('a page has a negative size');
  return decompressPage(bytes, size, codec, compressors);
}

/** The hybrid of runs and packed bits, as it will be read: until there are enough values, or no more bytes. */
function expectRunsIn(bytes: Uint8Array, width: number, values: number): void {
  let at = 0;
  for (let seen = 0; seen < values && at < bytes.length; ) {
    let header = 0;
    for (let shift = 0; at < bytes.length; shift += 7) {
      const byte = bytes[at++] ?? 0;
      header |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    const isPacked = (header & 1) === 1;
    const count = isPacked ? (header >> 1) << 3 : header >>> 1;
    expectCount(count);
    if (isPacked && count > 8 * (bytes.length - at) + 8)
      throw new Error('packed values go beyond their page');
    at += isPacked ? Math.ceil((count * width) / 8) : (width + 7) >> 3;
    if (count === 0 && isPacked) at += 1; // hyparquet has taken a byte by then
    seen += count;
  }
}

function expectCount(values: number): void {
  if (values >= 0 && values <= MOST_VALUES) return;
  throw new Error(`${values} values in a page; ${MOST_VALUES} are the most`);
}

/** Bits for numbers up to the level. */
function bitWidth(level: number): number {
  return 32 - Math.clz32(level);
}
