import { basename, dirname, extname } from 'node:path';
import { UsageError } from '../errors.ts';
import { type NpyArray, npyPieces } from '../npy.ts';
import { writeTogether } from '../staged-files.ts';

/** What an output file holds, in either format. */
export interface TableContent {
  readonly array: NpyArray;
  /** The lines of the CSV, without their ends. */
  readonly lines: Iterable<string>;
}

/** @throws {UsageError} unless the name ends in .npy or .csv */
export function checkTableName(path: string): void {
  if (!['.npy', '.csv'].includes(extname(path))) {
    throw new UsageError(`--out ${path}: the name must end in .npy or .csv`);
  }
}

/**
 * Writes what `compute` gives, as .npy or .csv by the name. The directory is made first, and the file appears under
 * its name once complete.
 * @throws {OutputWriteError} and what `compute` throws
 */
export async function writeTable<T extends TableContent>(
  path: string,
  compute: () => Promise<T>,
): Promise<T> {
  return writeTogether(dirname(path), async (write) => {
    const content = await compute();
    await write(basename(path), async (sink) => {
      const pieces = extname(path) === '.csv' ? csvPieces(content.lines) : npyPieces(content.array);
      for (const piece of pieces) await sink.write(piece);
    });
    return content;
  });
}

const PIECE_CHARACTERS = 1 << 20;

function* csvPieces(lines: Iterable<string>): Generator<Uint8Array> {
  let text = '';
  for (const line of lines) {
    text += `${line}\n`;
    if (text.length < PIECE_CHARACTERS) continue;
    yield Buffer.from(text);
    text = '';
  }
  yield Buffer.from(text);
}

/** The shortest text that reads back as the same f32. */
export function floatText(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const short = value.toPrecision(digits);
    if (Math.fround(Number(short)) === value) return String(Number(short));
  }
  return String(Number(value.toPrecision(9)));
}
