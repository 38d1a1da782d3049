import { BiomedClipError } from '../errors.ts';
import { cut, excerpt } from '../excerpt.ts';

/** Characters of a list of columns: what is looked for may be the last of many. */
const LISTED = 1000;

/** A text file in another encoding than UTF-8, or than the one that was named. */
export class TextEncodingError extends BiomedClipError {
  static override readonly name: string = 'TextEncodingError';

  constructor(
    readonly file: string,
    /** The first line, counted from 1, that is not in the encoding. */
    readonly line: number,
    readonly encoding: string,
    /** What to do, if it is more than to save the file as UTF-8. */
    advice = 'save the file as UTF-8',
  ) {
    super(`${file}:${line}: is not ${encoding.toUpperCase()}; ${advice}`);
  }
}

/** A captions file of a format that is not read. */
export class CaptionsFormatError extends BiomedClipError {
  static override readonly name: string = 'CaptionsFormatError';

  constructor(
    readonly file: string,
    /** Endings of the formats that are read. */
    readonly endings: readonly string[],
  ) {
    super(`${file}: a captions file must end in ${endings.slice(0, -1).join(', ')} or ${endings.at(-1)}`);
  }
}

/** A captions file with nothing in it. */
export class NoCaptionsError extends BiomedClipError {
  static override readonly name: string = 'NoCaptionsError';

  constructor(readonly file: string) {
    super(`${file}: has no captions`);
  }
}

/** A table whose columns do not say which of them holds the captions, the images, or what else is asked for. */
export class CaptionsHeaderError extends BiomedClipError {
  static override readonly name: string = 'CaptionsHeaderError';

  constructor(
    readonly file: string,
    /** The header's; undefined in a file that has no lines, such as Parquet. */
    readonly line: number | undefined,
    readonly reason: string,
    readonly columns: readonly string[],
    advice: string,
  ) {
    const found = cut(columns.map((name) => excerpt(name)).join(', '), LISTED);
    const place = line === undefined ? file : `${file}:${line}`;
    super(`${place}: ${reason}; its columns are ${found}; ${advice}`);
  }
}

/** A table of several labels an image, a column each, where one label is needed. */
export class SeveralLabelsError extends BiomedClipError {
  static override readonly name: string = 'SeveralLabelsError';

  constructor(
    readonly file: string,
    readonly line: number,
    /** The columns that hold 1, 0, -1 or nothing. */
    readonly columns: readonly string[],
  ) {
    const shown = cut(columns.map((name) => excerpt(name)).join(', '), LISTED);
    super(
      `${file}:${line}: has several labels an image, a column each (1, 0, -1 or empty): ${shown}; take one finding at a ` +
        'time: name its column with --label-column, and its values with --labels',
    );
  }
}

/** A row of a table that cannot be read. */
export class TableRowError extends BiomedClipError {
  static override readonly name: string = 'TableRowError';

  constructor(
    readonly file: string,
    readonly line: number,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`${file}:${line}: ${reason}`, options);
  }
}

/** An id of several rows that have neither image nor caption in common. */
export class DuplicateIdError extends BiomedClipError {
  static override readonly name: string = 'DuplicateIdError';

  constructor(
    readonly file: string,
    readonly line: number,
    readonly earlier: number,
    readonly id: string,
  ) {
    super(
      `${file}:${line}: has the id ${excerpt(id)} of line ${earlier}, with another image and caption; give each row an id ` +
        'of its own, or name the image in a column image where it has several captions',
    );
  }
}

/** A text file whose lines have ids, paths or fields beside the captions. */
export class CaptionLinesError extends BiomedClipError {
  static override readonly name: string = 'CaptionLinesError';

  constructor(
    readonly file: string,
    readonly line: number,
    /** What the lines look like. */
    readonly found: string,
    readonly advice: string,
  ) {
    super(`${file}:${line}: its lines are ${found}, not captions alone; ${advice}`);
  }
}
