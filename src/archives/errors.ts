import { BiomedClipError } from '../errors.ts';
import { excerpt } from '../excerpt.ts';

/** A Parquet file or tar that is truncated, damaged or no such file, or something in it that cannot be used. */
export class ArchiveError extends BiomedClipError {
  static override readonly name: string = 'ArchiveError';

  constructor(
    readonly file: string,
    /** The member of the tar, or the row of the Parquet file, counted from 0; undefined for the file itself. */
    readonly member: string | undefined,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`${file}${member === undefined ? '' : `#${member}`}: ${reason}`, options);
  }
}

/** An id of two items: of rows of a Parquet file, of members of a tar, or of several files that are read as one set. */
export class DuplicateItemError extends BiomedClipError {
  static override readonly name: string = 'DuplicateItemError';

  constructor(
    readonly id: string,
    /** Where it stands, as `set.tar#member` or `set.parquet#row`. */
    readonly place: string,
    readonly earlier: string,
  ) {
    super(
      `${place}: has the id ${excerpt(id)} of ${earlier}, which is another item; give each an id of its own, or leave one of ` +
        'them out',
    );
  }
}

/** Files of pairs in which no image has a caption. */
export class NoPairsError extends BiomedClipError {
  static override readonly name: string = 'NoPairsError';

  constructor(
    readonly files: readonly string[],
    /** What the files have instead, as sentences. */
    readonly notes: readonly string[],
  ) {
    const first = `${files[0]}${files.length > 1 ? ` and ${files.length - 1} more` : ''}`;
    super(`${first}: no image has a caption${notes.length > 0 ? ` (${notes.slice(0, 3).join('; ')})` : ''}`);
  }
}
