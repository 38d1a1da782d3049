import type { Vectors } from '../metrics/vectors.ts';
import { RowsNameError } from './errors.ts';

/** What a manifest calls the rows of either modality. */
export type RowsKind = 'images' | 'texts';

/** Which of the rows in a file are meant. */
export interface AskedRows {
  /** An array, a tensor, a column, or `images` or `texts` of a file with both. */
  readonly name?: string;
  /** Taken of several where nothing is named. */
  readonly kind?: RowsKind;
}

/** Vectors from a file, one a row. */
export interface FileRows {
  /** With ids where the file has them. */
  readonly rows: Vectors;
  /** Which rows they are, where the file is of both modalities. */
  readonly kind?: RowsKind;
  /** The manifest that is inside, as JSON; not checked. */
  readonly manifest?: unknown;
}

/**
 * The one that is meant.
 * @param known those that could be
 * @param all those that may be named
 * @throws {RowsNameError}
 */
export function chosen(
  file: string,
  { name, kind }: AskedRows,
  known: readonly string[],
  all: readonly string[] = known,
): string {
  if (name !== undefined) {
    if (all.includes(name)) return name;
    throw new RowsNameError(file, name, known);
  }
  const [first] = known;
  if (first !== undefined && known.length === 1) return first;
  if (kind !== undefined && known.includes(kind)) return kind;
  throw new RowsNameError(file, undefined, known);
}

export function isKind(name: string): name is RowsKind {
  return name === 'images' || name === 'texts';
}
