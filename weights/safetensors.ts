import { isJsonObject } from '../src/arguments.ts';
import { excerpt, shapeExcerpt } from '../src/excerpt.ts';
import type { ByteSource } from '../src/platform/files.ts';
import {
  HeaderFormatError,
  HeaderLengthError,
  TensorEntryError,
  TensorOffsetsError,
  TrailingDataError,
  TruncatedFileError,
} from './errors.ts';
import { type Checkpoint, DTYPE_BYTES, elementCount, isDtype, type TensorInfo } from './tensor-info.ts';
import { tensorForRange } from './tensor-range.ts';

/** The limit that the safetensors library itself sets. */
const MAX_HEADER_BYTES = 100_000_000;

interface Placed extends TensorInfo {
  /** From the start of the data section. */
  readonly start: number;
}

/**
 * Opens a safetensors file: 8 bytes of header length (u64, little-endian), a JSON header, the data.
 * Reads the header only. As strict as the safetensors library: the tensors must cover the data section
 * without overlap or hole.
 * @throws {TruncatedFileError | HeaderLengthError | HeaderFormatError | TensorEntryError | TensorOffsetsError |
 * TrailingDataError}
 */
export async function openSafetensors(source: ByteSource): Promise<Checkpoint> {
  const headerLength = await readHeaderLength(source);
  const dataStart = 8 + headerLength;
  const header = parseHeader(source.name, await source.read(8, headerLength));
  const placed = placedTensors(source.name, header);
  checkLayout(source, placed, dataStart);
  const tensors = new Map(placed.map((tensor) => [tensor.name, tensor]));

  return {
    file: source.name,
    format: 'safetensors',
    tensors,
    metadata: stringsOf(header.__metadata__),
    async read(name, offset, length) {
      const tensor = tensorForRange(source.name, tensors, name, offset, length);
      return source.read(dataStart + tensor.start + offset, length);
    },
    close: () => source.close(),
  };
}

async function readHeaderLength(source: ByteSource): Promise<number> {
  if (source.size < 8) throw new TruncatedFileError(source.name, 8, source.size);
  const start = await source.read(0, 8);
  const length = new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(source.size - 8)) {
    throw new HeaderLengthError(source.name, length, source.size, 'the file has');
  }
  if (length > BigInt(MAX_HEADER_BYTES)) {
    throw new HeaderLengthError(source.name, length, MAX_HEADER_BYTES, 'the format allows');
  }
  return Number(length);
}

function parseHeader(file: string, bytes: Uint8Array): Readonly<Record<string, unknown>> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (cause) {
    const reason = cause instanceof TypeError ? 'is not UTF-8' : 'is not JSON'; // or nested too deep to be read
    throw new HeaderFormatError(file, reason, { cause });
  }
  if (!isJsonObject(header)) throw new HeaderFormatError(file, 'is not an object');
  return header;
}

/** What is not a string is left out. */
function stringsOf(metadata: unknown): Readonly<Record<string, string>> {
  const entries = isJsonObject(metadata) ? Object.entries(metadata) : [];
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** In the order of the data. */
function placedTensors(file: string, header: Readonly<Record<string, unknown>>): Placed[] {
  return Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, entry]) => parseEntry(file, name, entry))
    .sort((a, b) => a.start - b.start || a.byteLength - b.byteLength);
}

function parseEntry(file: string, name: string, entry: unknown): Placed {
  const fail = (field: string, expected: string, actual: unknown) =>
    new TensorEntryError(file, name, field, expected, excerpt(actual));

  if (!isJsonObject(entry)) throw fail('its entry', 'an object', entry);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (!isDtype(dtype)) throw fail('dtype', `one of ${Object.keys(DTYPE_BYTES).join(', ')}`, dtype);
  if (!isSizes(shape)) throw fail('shape', 'an array of non-negative integers', shape);
  if (!isSizes(offsets)) throw fail('data_offsets', 'two non-negative integers', offsets);
  const [start, end] = offsets;
  if (offsets.length !== 2 || start === undefined || end === undefined || end < start) {
    throw fail('data_offsets', 'a start and an end in this order', offsets);
  }
  const byteLength = elementCount(shape) * DTYPE_BYTES[dtype];
  if (end - start !== byteLength) {
    throw fail('data_offsets', `${byteLength} bytes apart for ${dtype} ${shapeExcerpt(shape)}`, offsets);
  }
  return { name, dtype, shape, byteLength, start };
}

function checkLayout(source: ByteSource, placed: readonly Placed[], dataStart: number): void {
  let end = 0;
  for (const tensor of placed) {
    if (tensor.start !== end) throw new TensorOffsetsError(source.name, tensor.name, end, tensor.start);
    end += tensor.byteLength;
  }
  const expected = dataStart + end;
  if (source.size < expected) throw new TruncatedFileError(source.name, expected, source.size);
  if (source.size > expected) throw new TrailingDataError(source.name, expected, source.size);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
