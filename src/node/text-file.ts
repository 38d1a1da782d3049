import { readFile } from 'node:fs/promises';
import { decodeText, linesOf } from '../tables/decode-text.ts';
import { systemCode, TextFileReadError } from './errors.ts';
import { type InputFile, inputName } from './input-file.ts';

/**
 * A UTF-8 file as text, without its byte order mark; UTF-16 where it has that one's.
 * @throws {TextFileReadError} if it is missing or cannot be read
 * @throws {TextEncodingError} naming the first line that is not UTF-8
 */
export async function readTextFile(file: InputFile): Promise<string> {
  return decodeText(await readInput(file), inputName(file));
}

/** @throws {TextFileReadError} if it is missing or cannot be read */
export async function readInput(file: InputFile): Promise<Uint8Array> {
  if (typeof file !== 'string') return file.bytes;
  return readFile(file).catch((cause: unknown) => {
    const code = systemCode(cause);
    const reason =
      code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a directory' : code;
    throw new TextFileReadError(file, reason, { cause });
  });
}

/**
 * The lines of a UTF-8 file, ended by LF or CRLF, or all by CR. What follows the last line's end is a line only
 * if it is not empty.
 * @throws {TextFileReadError | TextEncodingError}
 */
export async function readTextLines(file: InputFile): Promise<string[]> {
  const lines = linesOf(await readTextFile(file));
  if (lines.at(-1) === '') lines.pop();
  return lines;
}
