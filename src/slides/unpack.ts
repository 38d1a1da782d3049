import { Unzlib } from 'fflate';

/** Unpacked so many bytes at a time, since a piece may become a thousand times larger. */
const PIECE = 4096;

/** The first `length` bytes of a zlib stream (RFC 1950), or fewer where it ends early. @throws {Error} where it is damaged */
export function unpackDeflate(packed: Uint8Array, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let end = 0;
  const stream = new Unzlib((piece) => {
    bytes.set(piece.subarray(0, length - end), end);
    end = Math.min(length, end + piece.length);
  });
  for (let at = 0; at < packed.length && end < length; at += PIECE) {
    stream.push(packed.subarray(at, at + PIECE), at + PIECE >= packed.length);
  }
  return bytes.subarray(0, end);
}

/** A zstd stream (RFC 8878) of `length` bytes at most; what is longer is damaged. (geotiff takes the memory that the stream says.) */
export async function unpackZstd(packed: Uint8Array, length: number): Promise<Uint8Array> {
  const { ZSTDDecoder } = await import('zstddec/stream'); // as large as all else here
  const zstd = new ZSTDDecoder();
  await zstd.init();
  return zstd.decode(packed, length);
}

const [CLEAR, END, FIRST, CODES] = [256, 257, 258, 4096];

/**
 * The first `length` bytes of TIFF's LZW (TIFF 6.0, section 13), or fewer where it ends early. An entry of its table is a string and the
 * byte after it, which lie together in what is unpacked already: so the table holds places. (That of geotiff never ends on some damaged
 * streams.)
 * @throws {RangeError} for a code that is not in the table
 */
export function unpackLzw(packed: Uint8Array, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const [starts, lengths] = [new Uint32Array(CODES), new Uint16Array(CODES)];
  let [codes, bits, end, last] = [FIRST, 9, 0, -1]; // `last`: where the last string begins, none after a clear code
  for (let at = 0; at + bits <= 8 * packed.length && end < length; ) {
    const code = codeAt(packed, at, bits);
    at += bits;
    if (code === END) break;
    if (code === CLEAR) {
      [codes, bits, last] = [FIRST, 9, -1];
      continue;
    }
    const start = end;
    if (last >= 0 && codes < CODES) {
      starts[codes] = last;
      lengths[codes] = start - last + 1;
      codes += 1;
    }
    if (code >= codes) throw new RangeError(`LZW code ${code}, of ${codes}`);
    if (code < CLEAR) bytes[end++] = code;
    else end = copied(bytes, starts[code] ?? 0, lengths[code] ?? 0, end);
    last = start;
    if (codes + 1 >= 2 ** bits && bits < 12) bits += 1; // one code early, as TIFF does
  }
  return bytes.subarray(0, end);
}

/** Byte by byte, since a string may go on into its own copy. Gives the new end. */
function copied(bytes: Uint8Array, from: number, count: number, end: number): number {
  const most = Math.min(count, bytes.length - end);
  for (let i = 0; i < most; i++) bytes[end + i] = bytes[from + i] ?? 0;
  return end + most;
}

/** The highest bits come first. */
function codeAt(packed: Uint8Array, at: number, bits: number): number {
  const first = Math.floor(at / 8);
  const [a = 0, b = 0, c = 0] = [packed[first], packed[first + 1], packed[first + 2]];
  return (((a << 16) | (b << 8) | c) >> (24 - (at % 8) - bits)) & (2 ** bits - 1);
}
