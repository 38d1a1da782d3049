/** What the page takes: the same readers and writers of vectors as the command line's. */

export { npyPieces } from '../npy/npy.ts';
export type { ByteSource } from '../platform/files.ts';
export { memorySource } from '../platform/given-file.ts';
export type { DescribedRows, RowDescription } from './described-rows.ts';
export { RowsNameError } from './errors.ts';
export { describedParquet, holdsVectors } from './parquet-descriptions.ts';
export { readRowsFile } from './read-rows.ts';
export type { RowsKind } from './rows-file.ts';
export { npzPieces } from './write-containers.ts';
export { writeParquet } from './write-parquet.ts';
