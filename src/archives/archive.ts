import type { ColumnNames } from '../tables/columns.ts';

/** A caption, an image, or both, that belong together. */
export interface ArchiveRow {
  /** Rows of one id are one item. */
  readonly id: string;
  /** Undefined for an image without a caption. */
  readonly text?: string;
  /** The image in the archive: the name of a tar's member, or the number of a Parquet file's row, from 0. */
  readonly member?: string;
  /** An image that lies elsewhere: a URL, or a path that is relative to the archive. */
  readonly image?: string;
  /** Its class. */
  readonly label?: string;
  /** What the image is of, such as a patient. */
  readonly group?: string;
}

/** A set of pairs in one file. */
export interface PairArchive {
  /** Its path or URL. */
  readonly name: string;
  readonly rows: readonly ArchiveRow[];
  /** What was left out or assumed, as sentences. */
  readonly notes: readonly string[];
  /**
   * The bytes of an image file; the caller owns them. Members in their order are the fastest.
   * @throws {ArchiveError} if there is no such member, or it is damaged @throws {ImageFileSizeError}
   */
  read(member: string): Promise<Uint8Array>;
  close(): Promise<void>;
}

export interface ArchiveOptions {
  /** Names of columns, or in a tar of fields of its JSON; others are found by the names that people use. */
  readonly columns?: ColumnNames;
  /** Whether a user can name columns by options of a command line. */
  readonly byOption?: boolean;
  /** Of text in a tar. Default: UTF-8. */
  readonly encoding?: string;
  /** Images alone are a set too. Default: there must be captions. */
  readonly imagesAlone?: boolean;
}

/** Endings of the archives that are read. */
export const ARCHIVE_ENDINGS = ['.parquet', '.tar', '.tar.gz', '.tgz'] as const;

/** Whether a path or URL is that of an archive of pairs, by its ending. */
export function isArchiveName(name: string): boolean {
  const path = (/^https?:/i.test(name) ? name.replace(/[?#].*$/s, '') : name).toLowerCase();
  return ARCHIVE_ENDINGS.some((ending) => path.endsWith(ending));
}
