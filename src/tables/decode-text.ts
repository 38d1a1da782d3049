import { excerpt } from '../excerpt.ts';
import { TextEncodingError } from './errors.ts';

export interface DecodeOptions {
  /** A name of the Encoding Standard, such as `windows-1252`. Default: UTF-16 by its byte order mark or zero bytes, else UTF-8. */
  readonly encoding?: string;
  /** What lets a user choose the encoding, such as `pass --encoding`; undefined where nothing does. */
  readonly encodingOption?: string;
}

/** The encoding that Excel and other Windows programs save in by default in western countries. */
const USUAL_OTHER = 'windows-1252';

/** The text of a file, without its byte order mark. @throws {TextEncodingError} naming the first line that cannot be read */
export function decodeText(bytes: Uint8Array, file: string, options: DecodeOptions = {}): string {
  const encoding = options.encoding ?? utf16Of(bytes) ?? 'utf-8';
  const text = decoded(bytes, encoding);
  if (text !== undefined) return text;
  if (encoding !== 'utf-8') throw new TextEncodingError(file, firstReplaced(bytes, encoding), encoding);
  const bad = firstBadLine(bytes);
  throw new TextEncodingError(file, bad.line, encoding, adviceFor(bad.bytes, options.encodingOption));
}

/** Whether this names an encoding that can be read. */
export function isEncoding(name: string): boolean {
  try {
    return new TextDecoder(name).encoding !== 'replacement';
  } catch {
    return false;
  }
}

function adviceFor(line: Uint8Array, option: string | undefined): string | undefined {
  if (line.includes(0))
    return 'it has zero bytes, so it is no text: save it as CSV from the program that made it';
  if (option === undefined) return undefined;
  const reading = excerpt(decoded(line, USUAL_OTHER)?.trim());
  return `as Windows-1252 the line reads ${reading}: if that is right, ${option} ${USUAL_OTHER}, else save the file as UTF-8`;
}

function decoded(bytes: Uint8Array, encoding: string, fatal = true): string | undefined {
  try {
    const decoder = new TextDecoder(encoding, { fatal });
    const text = decoder.decode(bytes);
    return decoder.encoding === USUAL_OTHER ? withWindowsMarks(text) : text;
  } catch {
    return undefined;
  }
}

/** Bytes 80 to 9F in Windows-1252; those that have no meaning stay, as the Encoding Standard says. */
const WINDOWS_MARKS = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

/** Node before 24 takes Windows-1252 for Latin-1, which has control characters there. */
function withWindowsMarks(text: string): string {
  return text.replace(/[\x80-\x9f]/g, (mark) => WINDOWS_MARKS[mark.charCodeAt(0) - 0x80] ?? mark);
}

const LOOKED_AT = 4096;

/** By its byte order mark; without one by line ends of 16 bits and a zero for most second bytes. */
function utf16Of(bytes: Uint8Array): string | undefined {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  const start = bytes.subarray(0, LOOKED_AT);
  const zeros = [0, 0] as [number, number]; // at even and odd places
  let wideLineEnds = 0;
  for (const [at, byte] of start.entries()) {
    if (byte !== 0) continue;
    zeros[at % 2 === 0 ? 0 : 1] += 1;
    const beside = start[at % 2 === 0 ? at + 1 : at - 1];
    if (beside === 0x0a || beside === 0x0d) wideLineEnds += 1;
  }
  if (wideLineEnds === 0) return undefined;
  if (zeros[0] === 0 && zeros[1] > start.length / 8) return 'utf-16le';
  return zeros[1] === 0 && zeros[0] > start.length / 8 ? 'utf-16be' : undefined;
}

/** No byte of a multi-byte UTF-8 character is a line end, so lines can be split before decoding. */
function firstBadLine(bytes: Uint8Array): { readonly line: number; readonly bytes: Uint8Array } {
  const lineEnd = bytes.includes(0x0a) ? 0x0a : 0x0d;
  for (let line = 1, start = 0; start < bytes.length; line++) {
    const end = bytes.indexOf(lineEnd, start);
    const stop = end < 0 ? bytes.length : end + 1;
    const some = bytes.subarray(start, stop);
    if (decoded(some, 'utf-8') === undefined) return { line, bytes: some };
    start = stop;
  }
  return { line: 1, bytes };
}

function firstReplaced(bytes: Uint8Array, encoding: string): number {
  const text = decoded(bytes, encoding, false) ?? '';
  return linesOf(text.slice(0, text.indexOf('\ufffd'))).length;
}

/** The lines of a text, ended by LF or CRLF, or all by CR. What follows the last line's end is a line, if an empty one. */
export function linesOf(text: string): string[] {
  return text.split(text.includes('\n') ? /\r?\n/ : '\r');
}
