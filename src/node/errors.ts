import { BiomedClipError } from '../errors.ts';
import { excerpt } from '../excerpt.ts';

/** The system's code of an error, such as ENOENT; of any other its text. */
export function systemCode(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
}

/** A command line that asks for something impossible. The command ends with exit code 2. */
export class UsageError extends BiomedClipError {
  static override readonly name: string = 'UsageError';
}

/** `SOURCE_DATE_EPOCH` in the environment is no whole number of seconds. */
export class SourceDateError extends BiomedClipError {
  static override readonly name: string = 'SourceDateError';

  constructor(readonly value: string) {
    super(
      `SOURCE_DATE_EPOCH must be whole seconds since 1970, got ${excerpt(value)}; unset it for the time of the run`,
    );
  }
}

/** The reader of standard output closed it, as `head` does once it has enough. The command ends without a word. */
export class ClosedPipeError extends BiomedClipError {
  static override readonly name: string = 'ClosedPipeError';

  constructor(options?: ErrorOptions) {
    super('standard output was closed', options);
  }
}

/** An output file that is there already. */
export class OutputExistsError extends BiomedClipError {
  static override readonly name: string = 'OutputExistsError';

  constructor(
    readonly path: string,
    /** Why it is not simply replaced, where that is not plain. */
    readonly reason?: string,
    options?: ErrorOptions,
  ) {
    super(
      `${path}: exists already${reason === undefined ? '' : `, and ${reason}`}; pass --force to overwrite it, or name ` +
        'another --out',
      options,
    );
  }
}

/** An output directory that is not empty, so that files could be lost. */
export class OutputNotEmptyError extends BiomedClipError {
  static override readonly name: string = 'OutputNotEmptyError';

  constructor(
    readonly directory: string,
    /** A file in it that would be read as part of what is written, which `--force` does not replace. */
    readonly left?: string,
  ) {
    super(
      left === undefined
        ? `${directory}: is not empty; name another directory, or pass --force to write into it`
        : `${directory}: has ${left}, which the model to be written has not, but would be read with; remove it, or name another directory`,
    );
  }
}

/** An output directory that is the input. */
export class OutputIsSourceError extends BiomedClipError {
  static override readonly name: string = 'OutputIsSourceError';

  constructor(readonly directory: string) {
    super(`${directory}: is the checkpoint that is converted; name another directory`);
  }
}

/** An output file that is also an input: `--force` does not allow it, since what is read would be lost. */
export class OutputIsInputError extends BiomedClipError {
  static override readonly name: string = 'OutputIsInputError';

  constructor(readonly path: string) {
    super(`${path}: is an input of this command; name another --out`);
  }
}

/** An image at a URL, where fetching was not allowed. */
export class UrlNotAllowedError extends BiomedClipError {
  static override readonly name: string = 'UrlNotAllowedError';

  constructor(readonly url: string) {
    super(`${excerpt(url)}: images at URLs are fetched with --allow-urls only`);
  }
}

/** A pattern such as `scans/*.png` that no file fits. */
export class NoMatchError extends BiomedClipError {
  static override readonly name: string = 'NoMatchError';

  constructor(readonly pattern: string) {
    super(`${excerpt(pattern)}: no file has that name, and none fits the pattern`);
  }
}

/** A directory without a single file of an image format that is read. */
export class NoImagesError extends BiomedClipError {
  static override readonly name: string = 'NoImagesError';

  constructor(
    readonly directory: string,
    readonly extensions: readonly string[],
  ) {
    super(
      `${directory}: has no image (${extensions.join(', ')}); --recursive looks into the directories inside it too`,
    );
  }
}

/** A directory that cannot be listed. `cause` is the system's error. */
export class DirectoryReadError extends BiomedClipError {
  static override readonly name: string = 'DirectoryReadError';

  constructor(
    readonly directory: string,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`${directory}: cannot be listed: ${reason}`, options);
  }
}

// Text files: captions and labels

/** A text file that is missing or cannot be read. `cause` is the system's error. */
export class TextFileReadError extends BiomedClipError {
  static override readonly name: string = 'TextFileReadError';

  constructor(
    readonly file: string,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`${file}: cannot be read: ${reason}`, options);
  }
}

/** A file of groups or labels that does not give each row its value. */
export class RowValuesError extends BiomedClipError {
  static override readonly name: string = 'RowValuesError';

  constructor(
    readonly file: string,
    /** Undefined for what no single line is wrong in. */
    readonly line: number | undefined,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`${file}${line === undefined ? '' : `:${line}`}: ${reason}`, options);
  }
}

// Closings

/** Images and texts that different checkpoints made. */
export class DifferentCheckpointsError extends BiomedClipError {
  static override readonly name: string = 'DifferentCheckpointsError';

  constructor(
    readonly images: string,
    readonly imagesFingerprint: string,
    readonly texts: string,
    readonly textsFingerprint: string,
  ) {
    super(
      `${images} is of the checkpoint ${imagesFingerprint} and ${texts} of ${textsFingerprint}; embed both with one model`,
    );
  }
}

/** Rows that a closing was applied to, where rows as the model gives them are needed. */
export class AlreadyClosedError extends BiomedClipError {
  static override readonly name: string = 'AlreadyClosedError';

  constructor(
    readonly file: string,
    readonly method: string,
  ) {
    super(`${file}: its rows are closed already (${method}); give the embeddings as the model makes them`);
  }
}

// Several models

/** One model's embeddings given twice, which are no comparison. */
export class SameModelError extends BiomedClipError {
  static override readonly name: string = 'SameModelError';

  constructor(
    readonly first: string,
    readonly other: string,
  ) {
    super(`${first} and ${other} are of the same model; name each model once`);
  }
}

/** Rows of which some have a closed gap and others not, whose gaps say nothing of their models. */
export class MixedClosingsError extends BiomedClipError {
  static override readonly name: string = 'MixedClosingsError';

  constructor(
    /** The models whose rows are as the model makes them. */
    readonly open: readonly string[],
    /** Those whose rows were closed. */
    readonly closed: readonly string[],
  ) {
    super(
      `the gap of ${closed.join(', ')} is closed, and that of ${open.join(', ')} is not; give all as their model makes them, or close all`,
    );
  }
}

/** Pairs of one id that are other images or captions for another model. */
export class DifferentPairsError extends BiomedClipError {
  static override readonly name: string = 'DifferentPairsError';

  constructor(
    readonly first: string,
    readonly other: string,
    /** What differs. */
    readonly what: 'caption' | 'image',
    readonly ids: readonly string[],
  ) {
    const more = ids.length > 1 ? `, and of ${ids.length - 1} more ids` : '';
    super(
      `${first} and ${other} were embedded from other pairs: the ${what} of ${excerpt(ids[0])} differs${more}; embed the same pairs with each model`,
    );
  }
}

// Manifests

/** A `manifest.json` that cannot be read as one. */
export class ManifestError extends BiomedClipError {
  static override readonly name: string = 'ManifestError';

  constructor(
    readonly file: string,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`${file}: ${reason}; ${AS_WRITTEN}`, options);
  }
}

/** A field of a `manifest.json` that is missing, or is not what `embed` and `study` write. */
export class ManifestFieldError extends BiomedClipError {
  static override readonly name: string = 'ManifestFieldError';

  constructor(
    readonly file: string,
    /** Such as `images[3].path`. */
    readonly field: string,
    readonly expected: string,
    readonly actual: unknown,
  ) {
    super(`${file}: ${field} must be ${expected}, got ${excerpt(actual)}; ${AS_WRITTEN}`);
  }
}

const AS_WRITTEN = 'a manifest must be as `embed` or `study` wrote it: embed again';
