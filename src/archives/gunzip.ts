import { byteStream } from '../platform/byte-stream.ts';
import { concatenateBytes } from '../platform/concatenate.ts';
import type { ByteSource } from '../platform/files.ts';
import type { ByteReader } from './byte-reader.ts';
import { ArchiveError } from './errors.ts';

/** Compressed bytes that are read at once. */
const PIECE = 256 * 1024;

/**
 * What a gzip file holds, read forwards: a place behind the last one costs a new start, so members in their order cost one
 * pass. Nothing but a piece is held. Reads wait for each other.
 * @throws {ArchiveError} in `read`, for a file that is damaged or cut short
 */
export function gunzipReader(source: ByteSource): ByteReader {
  let stream: ReadableStreamDefaultReader<Uint8Array> | undefined;
  let piece: Uint8Array = new Uint8Array();
  let start = 0; // of the piece
  let turn: Promise<unknown> = Promise.resolve();

  const next = async () => {
    start += piece.length;
    stream ??= byteStream(source, 0, source.size, PIECE)
      .pipeThrough(new DecompressionStream('gzip'))
      .getReader();
    const { done, value } = await stream.read().catch((cause: unknown) => {
      const reason =
        'is damaged or cut short: what it holds cannot be decompressed; make or download it anew';
      throw new ArchiveError(source.name, undefined, reason, { cause });
    });
    piece = value ?? new Uint8Array();
    return !done;
  };
  const readNow = async (offset: number, length: number) => {
    if (offset < start) {
      await stream?.cancel().catch(() => undefined);
      [stream, piece, start] = [undefined, new Uint8Array(), 0];
    }
    const parts: Uint8Array[] = []; // a length that a damaged header says is not allocated before there is as much
    for (let done = 0; done < length; ) {
      const at = offset + done - start;
      const part = at < piece.length ? piece.subarray(at, at + length - done) : undefined;
      if (part) parts.push(part);
      else if (!(await next())) break;
      done += part?.length ?? 0;
    }
    return concatenateBytes(parts);
  };
  return {
    read(offset, length) {
      const result = turn.then(() => readNow(offset, length));
      turn = result.catch(() => undefined);
      return result;
    },
  };
}
