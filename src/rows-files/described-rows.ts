import type { Vectors } from '../metrics/vectors.ts';
import type { RowsKind } from './rows-file.ts';

/** What a file says of a row beside its vector. */
export interface RowDescription {
  readonly id: string;
  readonly modality?: 'image' | 'text';
  readonly caption?: string;
  /** Of an image. */
  readonly path?: string;
  readonly label?: string;
  readonly group?: string;
  /** Of an image's file. */
  readonly sha256?: string;
}

/** The rows of one modality, or of none that is known. */
export interface DescribedSet {
  readonly kind?: RowsKind;
  readonly rows: Vectors;
  readonly facts: (row: number) => RowDescription;
}

/** All rows of a file, with the manifest that goes along. */
export interface DescribedRows {
  readonly sets: readonly DescribedSet[];
  readonly manifest?: {
    readonly images: readonly object[];
    readonly texts: readonly object[];
    readonly files?: object;
  };
}

/** One row's vector. */
export function vectorOf({ data, dim }: Vectors, row: number): Float32Array {
  return data.subarray(row * dim, (row + 1) * dim);
}
