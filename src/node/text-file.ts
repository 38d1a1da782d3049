import { readFile } from 'node:fs/promises';
import { systemCode, TextEncodingError, TextFileReadError } from './errors.ts';
import { type InputFile, inputName } from './input-file.ts';

/**
 * A UTF-8 file as text, without its byte order mark.
 * @throws {TextFileReadError} if it is missing or cannot be read
 * @throws {TextEncodingError} naming the first line that is not UTF-8
 */
export async function readTextFile(file: InputFile): Promise<string> {
  const bytes = typeof file === 'string' ? await readBytes(file) : file.bytes;
  const text = decodeUtf8(bytes);
  if (text === undefined) throw new TextEncodingError(inputName(file), firstBadLine(bytes));
  return text;
}

function readBytes(path: string): Promise<Uint8Array> {
  return readFile(path).catch((cause: unknown) => {
    const code = systemCode(cause);
    const reason =
      code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a directory' : code;
    throw new TextFileReadError(path, reason, { cause });
  });
}

/**
 * The lines of a UTF-8 file, ended by LF or CRLF. What follows the last line's end is a line only
 * if it is not empty.
 * @throws {TextFileReadError | TextEncodingError}
 */
export async function readTextLines(file: InputFile): Promise<string[]> {
  const lines = (await readTextFile(file)).split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** No byte of a multi-byte UTF-8 character is a line feed, so lines can be split before decoding. */
function firstBadLine(bytes: Uint8Array): number {
  for (let line = 1, start = 0; start < bytes.length; line++) {
    const end = bytes.indexOf(0x0a, start);
    const stop = end < 0 ? bytes.length : end + 1;
    if (decodeUtf8(bytes.subarray(start, stop)) === undefined) return line;
    start = stop;
  }
  return 1;
}
