import { Inflate } from 'fflate';
import { checkFileSize } from '../limits.ts';

const PIECE = 65_536;

/**
 * Raw deflate (RFC 1951). Of a damaged stream, what comes before the damage: the parser finds out what is missing.
 * @throws {ImageFileSizeError} as soon as it becomes longer than the largest file that is read
 */
export function inflateRaw(deflated: Uint8Array, source: string): Uint8Array {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const inflate = new Inflate((piece) => {
    pieces.push(piece);
    length += piece.length;
  });
  for (let at = 0; at < deflated.length; at += PIECE) {
    try {
      inflate.push(deflated.subarray(at, at + PIECE), at + PIECE >= deflated.length);
    } catch {
      break;
    }
    checkFileSize(length, source);
  }
  const inflated = new Uint8Array(length);
  let end = 0;
  for (const piece of pieces) {
    inflated.set(piece, end);
    end += piece.length;
  }
  return inflated;
}
