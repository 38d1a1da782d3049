import { basename, dirname, extname } from 'node:path';
import type { ByteSink } from '../../../weights/sinks.ts';
import { type NpyArray, npyHeader, npyPieces } from '../../npy/npy.ts';
import { checkOutputFile, type ForceOption, type FormatOption, overwriting } from '../cli/out-option.ts';
import type { Session } from '../cli/session.ts';
import { stdoutSink } from '../cli/standard-streams.ts';
import { UsageError } from '../errors.ts';
import { floatText } from '../float-text.ts';
import { writeTogether } from '../staged-files.ts';

/** The content of an output file, in either format. */
export interface TableContent {
  readonly array: NpyArray;
  /** The lines of the CSV, without their ends. */
  readonly lines: Iterable<string>;
}

/** Formats of a table, the first where standard output is written and none is named. */
export const TABLE_FORMATS = ['csv', 'npy'] as const;

/** Where a table goes. */
export interface TableTarget {
  readonly format: 'csv' | 'npy';
  /** Runs `compute`, which may write. The directory is made first, and a file appears under its name once complete. */
  readonly write: <T>(compute: (sink: (fill: FillSink) => Promise<void>) => Promise<T>) => Promise<T>;
}

type FillSink = (sink: ByteSink) => Promise<void>;

/**
 * Checks an output before the work: a file, or `-` for standard output.
 * @throws {UsageError} unless the name ends in .npy or .csv
 * @throws {OutputWriteError} where it cannot be written @throws {OutputExistsError} without `--force`
 */
export async function checkTable(
  path: string,
  options: ForceOption & FormatOption,
  { io }: Session,
): Promise<TableTarget> {
  if (path === '-') {
    const format = options.format === 'npy' ? 'npy' : 'csv';
    return { format, write: (compute) => compute((fill) => fill(stdoutSink(io))) };
  }
  if (!['.npy', '.csv'].includes(extname(path))) {
    throw new UsageError(`--out ${path}: the name must end in .npy or .csv`);
  }
  await checkOutputFile(path, options);
  return {
    format: extname(path) === '.csv' ? 'csv' : 'npy',
    write: (compute) =>
      writeTogether(
        dirname(path),
        (write) => compute((fill) => write(basename(path), fill)),
        overwriting(options),
      ),
  };
}

/**
 * Writes what `compute` gives.
 * @throws {OutputWriteError} and what `compute` throws
 */
export async function writeTable<T extends TableContent>(
  { format, write }: TableTarget,
  compute: () => Promise<T>,
): Promise<T> {
  return write(async (toFile) => {
    const content = await compute();
    await toFile(async (sink) => {
      const pieces = format === 'csv' ? csvPieces(content.lines) : npyPieces(content.array);
      for (const piece of pieces) await sink.write(piece);
    });
    return content;
  });
}

/** Takes rows of a matrix, in order. @param leads what stands before each row's numbers, in CSV alone */
type AddRows = (values: Float32Array, leads?: readonly string[]) => Promise<void>;

/**
 * Writes a matrix `[rows, cols]` while `compute` gives its rows, some at a time, in order.
 * @param header the first line, in CSV alone
 * @throws {OutputWriteError} and what `compute` throws
 */
export async function writeMatrix(
  { format, write }: TableTarget,
  [rows, cols]: readonly [rows: number, cols: number],
  compute: (add: AddRows) => Promise<void>,
  header?: string,
): Promise<void> {
  await write((toFile) =>
    toFile(async (sink) => {
      if (format === 'npy') await sink.write(npyHeader([rows, cols]));
      else if (header !== undefined) await sink.write(Buffer.from(`${header}\n`));
      await compute(async (values, leads) => {
        const pieces = format === 'csv' ? csvPieces(matrixLines(values, cols, leads)) : [bytesOf(values)];
        for (const piece of pieces) await sink.write(piece);
      });
    }),
  );
}

function* matrixLines(values: Float32Array, cols: number, leads?: readonly string[]): Generator<string> {
  for (let at = 0; at < values.length; at += cols) {
    const line = Array.from(values.subarray(at, at + cols), floatText).join(',');
    yield leads ? `${leads[at / cols]},${line}` : line;
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
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
