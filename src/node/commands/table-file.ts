import { basename, dirname, extname } from 'node:path';
import { checkOutputFile, type ForceOption } from '../cli/out-option.ts';
import { UsageError } from '../errors.ts';
import { type NpyArray, npyHeader, npyPieces } from '../npy.ts';
import { writeTogether } from '../staged-files.ts';

/** The content of an output file, in either format. */
export interface TableContent {
  readonly array: NpyArray;
  /** The lines of the CSV, without their ends. */
  readonly lines: Iterable<string>;
}

/**
 * Checks an output file before the work.
 * @throws {UsageError} unless the name ends in .npy or .csv
 * @throws {OutputWriteError} where it cannot be written @throws {OutputExistsError} without `--force`
 */
export async function checkTable(path: string, options: ForceOption): Promise<void> {
  if (!['.npy', '.csv'].includes(extname(path))) {
    throw new UsageError(`--out ${path}: the name must end in .npy or .csv`);
  }
  await checkOutputFile(path, options);
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
      const pieces = isCsv(path) ? csvPieces(content.lines) : npyPieces(content.array);
      for (const piece of pieces) await sink.write(piece);
    });
    return content;
  });
}

/**
 * Writes a matrix `[rows, cols]` as .npy or .csv while `compute` gives its rows, some at a time, in order.
 * @throws {OutputWriteError} and what `compute` throws
 */
export async function writeMatrix(
  path: string,
  [rows, cols]: readonly [rows: number, cols: number],
  compute: (add: (values: Float32Array) => Promise<void>) => Promise<void>,
): Promise<void> {
  await writeTogether(dirname(path), (write) =>
    write(basename(path), async (sink) => {
      if (!isCsv(path)) await sink.write(npyHeader([rows, cols]));
      await compute(async (values) => {
        const pieces = isCsv(path) ? csvPieces(matrixLines(values, cols)) : [bytesOf(values)];
        for (const piece of pieces) await sink.write(piece);
      });
    }),
  );
}

function* matrixLines(values: Float32Array, cols: number): Generator<string> {
  for (let at = 0; at < values.length; at += cols) {
    yield Array.from(values.subarray(at, at + cols), floatText).join(',');
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function isCsv(path: string): boolean {
  return extname(path) === '.csv';
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
