import type { Vectors } from '../metrics/vectors.ts';
import { type FileOpener, type GivenFile, openGivenFile } from '../platform/given-file.ts';
import { readRowsFile } from './read-rows.ts';

/** Which vectors of a file are read. */
export interface ReadVectorsOptions {
  /**
   * The array of a `.npz`, the tensor of a `.safetensors`, the column of a `.parquet`; or `images` or `texts` of what `export`
   * wrote. Default: the only matrix in the file.
   */
  readonly name?: string;
}

/** @throws {RowsFormatError} @throws {FileReadError} @throws {BiomedClipError} as `readRowsFile` */
export async function readVectors(
  files: FileOpener,
  source: GivenFile,
  { name }: ReadVectorsOptions,
): Promise<Vectors> {
  const file = await openGivenFile(files, 'the file', source);
  try {
    return (await readRowsFile(file, { name })).rows;
  } finally {
    await file.close();
  }
}
