import { UnreadableImageError } from '../errors.ts';

/** Whether the bytes begin as gzip's do. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * The first `length` bytes of what is compressed; fewer where there are no more. No more than these are ever unpacked, so that a
 * small file cannot fill the memory. Where they are all, gzip's checksum is compared.
 * @throws {UnreadableImageError} for damaged data
 */
export async function gunzipStart(
  bytes: Uint8Array,
  length: number,
  source: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const unpacked = new Uint8Array(Math.min(length, MOST_A_BYTE * bytes.length));
  let done = 0;
  const reader = piecesOf(bytes).pipeThrough(new DecompressionStream('gzip')).getReader();
  try {
    for (;;) {
      const piece = await reader.read(); // after the last byte too: that read compares the checksum
      if (piece.done) return unpacked.subarray(0, done);
      const room = piece.value.subarray(0, unpacked.length - done);
      unpacked.set(room, done);
      done += room.length;
      if (room.length < piece.value.length) break;
    }
  } catch (cause) {
    const reason = 'its gzip data are damaged or end early, or several were put one behind another';
    throw new UnreadableImageError(source, reason, { cause });
  }
  await reader.cancel();
  return unpacked;
}

/** In pieces, since a browser unpacks each whole before it hands on anything. */
function piecesOf(bytes: Uint8Array): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(new Uint8Array(bytes.subarray(at, at + PIECE_BYTES)));
      at += PIECE_BYTES;
    },
  });
}

const PIECE_BYTES = 65_536;
/** Deflate repeats at most 258 bytes by two bits (RFC 1951). */
const MOST_A_BYTE = 1032;
