import { TensorDataLengthError } from './errors.ts';
import type { ByteSink } from './sinks.ts';
import { DTYPE_BYTES, elementCount, type TensorDtype } from './tensor-info.ts';

/** A tensor to be written; its data is read once, in order. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
  /** The data in order, little-endian, in pieces of any size. */
  pieces(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/**
 * Writes a safetensors file piece by piece. The same entries in any order give the same bytes: as in the
 * safetensors library the widest dtype comes first, then names in order, so that every tensor is aligned to its
 * elements; the header is padded with spaces to a multiple of 8.
 * @throws {TensorDataLengthError} if an entry brings more or fewer bytes than its shape says
 */
export async function writeSafetensors(sink: ByteSink, entries: readonly TensorEntry[]): Promise<void> {
  for await (const piece of safetensorsPieces(entries)) await sink.write(piece);
}

/** The bytes that {@link writeSafetensors} writes. */
export async function* safetensorsPieces(
  entries: readonly TensorEntry[],
  metadata?: Readonly<Record<string, string>>,
): AsyncGenerator<Uint8Array> {
  const ordered = [...entries].sort(
    (a, b) => DTYPE_BYTES[b.dtype] - DTYPE_BYTES[a.dtype] || (a.name < b.name ? -1 : Number(a.name > b.name)),
  );
  yield headerOf(ordered, metadata);
  for (const entry of ordered) yield* checkedPieces(entry);
}

function headerOf(entries: readonly TensorEntry[], metadata?: Readonly<Record<string, string>>): Uint8Array {
  let end = 0;
  const header: [string, unknown][] = entries.map((entry) => {
    const start = end;
    end += byteLengthOf(entry);
    return [entry.name, { dtype: entry.dtype, shape: entry.shape, data_offsets: [start, end] }];
  });
  const json = new TextEncoder().encode(
    JSON.stringify(Object.fromEntries(metadata ? [['__metadata__', metadata], ...header] : header)),
  );
  const padded = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + padded).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.set(json, 8);
  return bytes;
}

/** An entry's pieces, with their total checked against its shape. */
export async function* checkedPieces(entry: TensorEntry): AsyncGenerator<Uint8Array> {
  const expected = byteLengthOf(entry);
  let written = 0;
  for await (const piece of entry.pieces()) {
    written += piece.length;
    if (written > expected) break;
    yield piece;
  }
  if (written !== expected) throw new TensorDataLengthError(entry.name, expected, written);
}

export function byteLengthOf(entry: TensorEntry): number {
  return elementCount(entry.shape) * DTYPE_BYTES[entry.dtype];
}
