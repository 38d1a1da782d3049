import { readNpyArray } from '../npy/npy.ts';
import { npyVectors } from '../npy/vectors.ts';
import type { ByteSource } from '../platform/files.ts';
import { RowsFormatError, RowsNameError } from './errors.ts';
import type { AskedRows, FileRows } from './rows-file.ts';

const READERS = {
  npy: readNpyRows,
  npz: async (source: ByteSource, asked: AskedRows) => (await import('./npz.ts')).readNpz(source, asked),
  safetensors: async (source: ByteSource, asked: AskedRows) =>
    (await import('./safetensors.ts')).readSafetensorsRows(source, asked),
  parquet: async (source: ByteSource, asked: AskedRows) =>
    (await import('./parquet.ts')).readParquetRows(source, asked),
};

const HEAD_BYTES = 16;

/**
 * Vectors from a file, one a row: `.npy`, `.npz`, `.safetensors` or `.parquet`, as its first bytes say, whatever its name is.
 * @throws {RowsFormatError} for what is none of these @throws {BiomedClipError} what the format's reader throws
 */
export async function readRowsFile(source: ByteSource, asked: AskedRows = {}): Promise<FileRows> {
  return READERS[await formatOf(source)](source, asked);
}

/** What a file is, by its first bytes. @throws {RowsFormatError} */
export async function formatOf(source: ByteSource): Promise<keyof typeof READERS> {
  const { name: file } = source;
  const head = String.fromCharCode(...(await source.read(0, Math.min(HEAD_BYTES, source.size))));
  if (head.startsWith('\x93NUMPY')) return 'npy';
  if (head.startsWith('PK')) return 'npz';
  if (head.startsWith('PAR1')) return 'parquet';
  if (/^.{4}\0{4}\{/s.test(head)) return 'safetensors';
  const reason = head === '' ? 'it is empty' : `it begins with ${JSON.stringify(head.slice(0, 8))}`;
  throw new RowsFormatError(
    file,
    `${reason}, and is no .npy, .npz, .safetensors or .parquet; write it again, in one of these`,
  );
}

async function readNpyRows(source: ByteSource, { name }: AskedRows): Promise<FileRows> {
  if (name !== undefined) throw new RowsNameError(source.name, name, []);
  return { rows: npyVectors(source.name, await readNpyArray(source)) };
}
