import { openSafetensors } from '../../weights/safetensors.ts';
import { checkOptions, integerFrom, isObject, oneOf, type Shape } from '../arguments.ts';
import { bytesPerValue, type RowDtype, type RowSource } from '../metrics/search/row-source.ts';
import { NpyShapeError } from '../npy/errors.ts';
import { readNpyHeader } from '../npy/npy.ts';
import { blobSource } from '../platform/blob-source.ts';
import { FileReadError } from '../platform/errors.ts';
import type { ByteSource } from '../platform/files.ts';
import { type FileOpener, openGivenFile } from '../platform/given-file.ts';
import { RowBytesError, RowLayoutError, RowsFormatError } from './errors.ts';
import { formatOf } from './read-rows.ts';
import type { AskedRows } from './rows-file.ts';
import { chosenMatrix } from './safetensors.ts';

/** Rows `[n, D]` one after the other, little-endian, without a header of a known format. */
export interface RawRows {
  /** A path (Node), a URL that takes Range requests, or a Blob, such as a File of the origin's private file system. */
  readonly file: string | URL | Blob;
  /** D, the values of a row. */
  readonly dim: number;
  /** How a value is stored. Default `f16`. */
  readonly dtype?: 'f16' | 'f32';
  /** Where the first row begins; the rows end where the file does. Default 0. Unit: bytes. */
  readonly offset?: number;
}

/** Where rows are: a `.npy` or `.safetensors` file, or rows without a header. */
export type RowsFileSource = string | URL | Blob | RawRows;

const RAW_ROWS: Shape<RawRows> = {
  file: { words: 'a path, a URL or a Blob', holds: isFile },
  dim: integerFrom(1),
  dtype: oneOf('f16', 'f32'),
  offset: integerFrom(0),
};

/** Where rows lie within an open file. */
interface Region {
  readonly name: string;
  readonly rows: number;
  readonly dim: number;
  readonly dtype: RowDtype;
  /** Bytes of the rows. */
  readonly read: (offset: number, length: number) => Promise<Uint8Array>;
}

/**
 * Opens rows to be read some at a time: nothing but the header is read before the first piece.
 * @throws {RowBytesError} @throws {RowLayoutError} @throws {RowsFormatError} @throws {RowsNameError} @throws {NpyShapeError}
 * @throws {FileReadError} @throws {InvalidOptionError} @throws {BiomedClipError} what reading the header throws
 */
export async function openRows(
  files: FileOpener,
  source: RowsFileSource,
  asked: AskedRows = {},
): Promise<RowSource> {
  if (isFile(source)) return openRowsIn(await openPieces(files, source), asked);
  checkOptions('searchRows', 'rows', source, RAW_ROWS, ['file', 'dim']);
  const { dim, dtype = 'f16', offset = 0 } = source;
  const file = await openPieces(files, source.file);
  return closingOnError(file, async () => {
    const bytes = file.size - offset;
    const rowBytes = dim * bytesPerValue(dtype);
    if (bytes < rowBytes || bytes % rowBytes !== 0)
      throw new RowBytesError(file.name, bytes, rowBytes, dim, dtype);
    const read: Region['read'] = (at, length) => file.read(offset + at, length);
    return rowSource(file, { name: file.name, rows: bytes / rowBytes, dim, dtype, read });
  });
}

/** Rows of a `.npy` or `.safetensors` that is open; closed with them, or at once after an error. */
function openRowsIn(file: ByteSource, asked: AskedRows): Promise<RowSource> {
  return closingOnError(file, async () => {
    const format = await formatOf(file);
    if (format === 'npy') return rowSource(file, await npyRegion(file));
    if (format === 'safetensors') return rowSource(file, await tensorRegion(file, asked));
    const reason = `it is a .${format}, and is searched in place as .npy or .safetensors; export it as one of these`;
    throw new RowsFormatError(file.name, reason);
  });
}

async function closingOnError<T>(file: ByteSource, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** A Blob stays where it is. */
async function openPieces(files: FileOpener, source: string | URL | Blob): Promise<ByteSource> {
  if (!(source instanceof Blob)) return openGivenFile(files, 'the rows', source);
  const named = source instanceof File && source.name !== '';
  return blobSource(named ? source.name : `Blob of ${source.size} bytes`, source);
}

async function npyRegion(file: ByteSource): Promise<Region> {
  const { shape, type, fortran, start } = await readNpyHeader(file);
  const dtype = ({ f2: 'f16', f4: 'f32' } as const)[type.code as string];
  const isPlain = !type.bigEndian && !(fortran && shape.length > 1);
  if (!dtype || !isPlain) {
    const order = `${type.bigEndian ? '>' : '<'}${type.code}${fortran ? ' in Fortran order' : ''}`;
    throw new RowLayoutError(file.name, order);
  }
  const read: Region['read'] = (at, length) => file.read(start + at, length);
  return { name: file.name, ...sidesOf(file.name, shape), dtype, read };
}

async function tensorRegion(file: ByteSource, asked: AskedRows): Promise<Region> {
  const { tensors, read } = await openSafetensors(file);
  const tensor = chosenMatrix(file.name, tensors, asked);
  const name = `${file.name}#${tensor.name}`;
  const dtype = ({ F16: 'f16', F32: 'f32' } as const)[tensor.dtype as string];
  if (!dtype) throw new RowLayoutError(name, tensor.dtype);
  return { name, ...sidesOf(name, tensor.shape), dtype, read: (at, length) => read(tensor.name, at, length) };
}

/** @throws {NpyShapeError} unless there are two axes, and at least one value */
function sidesOf(file: string, shape: readonly number[]): { readonly rows: number; readonly dim: number } {
  const [rows = 0, dim = 0] = shape;
  if (shape.length !== 2 || rows < 1 || dim < 1) throw new NpyShapeError(file, shape);
  return { rows, dim };
}

function rowSource(file: ByteSource, { name, rows, dim, dtype, read }: Region): RowSource {
  const rowBytes = dim * bytesPerValue(dtype);
  return {
    ...{ name, rows, dim, dtype },
    async read(first, count) {
      const bytes = await read(first * rowBytes, count * rowBytes);
      if (bytes.length === count * rowBytes) return bytes;
      throw new FileReadError(name, 'it became shorter while it was read');
    },
    expectUnchanged: async () => file.expectUnchanged?.(),
    close: () => file.close(),
  };
}

function isFile(source: unknown): source is string | URL | Blob {
  return (
    typeof source === 'string' || (isObject(source) && (source instanceof URL || source instanceof Blob))
  );
}
