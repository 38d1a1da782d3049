import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { addAbortSignal, type Readable } from 'node:stream';
import { UsageError } from './errors.ts';

/** Bytes that can be read once, such as standard input's: kept, so that what is parsed is what is hashed. */
export interface ReadFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** An input: a path, or what was read already. */
export type InputFile = string | ReadFile;

/** For messages. */
export function inputName(file: InputFile): string {
  return typeof file === 'string' ? file : file.name;
}

/** The folder that relative paths in an input mean: its own, or the working directory where it has none. */
export function inputFolder(file: InputFile): string {
  const name = inputName(file);
  return typeof file !== 'string' && (name === STDIN || /^\/(dev|proc)\//.test(name)) ? '.' : dirname(name);
}

/** What `-` stands for in messages. */
const STDIN = 'standard input';

/** A stream to read, such as `process.stdin`. */
export type InputStream = Readable & { readonly isTTY?: boolean };

/**
 * An argument of a command line: for `-` what standard input has, for a pipe what comes through it, else the path.
 * @throws {UsageError} for a terminal @throws {Error} AbortError at `signal`
 */
export async function openInput(
  path: string,
  stdin: InputStream | undefined,
  signal: AbortSignal,
): Promise<InputFile> {
  if (path === '-') return { name: STDIN, bytes: await bytesOf(stdin, signal) };
  const isPipe = (await stat(path).catch(() => undefined))?.isFIFO() ?? false; // such as bash's <(command)
  return isPipe ? { name: path, bytes: await readFile(path, { signal }) } : path;
}

async function bytesOf(stdin: InputStream | undefined, signal: AbortSignal): Promise<Uint8Array> {
  if (!stdin || stdin.isTTY) {
    throw new UsageError(
      '- is standard input, which is a terminal; pipe or redirect a file into it, or name the file',
    );
  }
  const pieces: Uint8Array[] = [];
  for await (const piece of addAbortSignal(signal, stdin)) pieces.push(Buffer.from(piece as Uint8Array));
  return Buffer.concat(pieces);
}
