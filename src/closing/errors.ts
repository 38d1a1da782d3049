import { BiomedClipError } from '../errors.ts';

/** A row that a closing maps to the origin, where it has no direction. */
export class ClosedToZeroError extends BiomedClipError {
  static override readonly name: string = 'ClosedToZeroError';

  constructor(
    readonly input: string,
    readonly row: number,
  ) {
    super(
      `closing: row ${row} of the ${input} is zero after the map, so it has no direction; leave it out, or fit on more rows`,
    );
  }
}

/** Too few rows to fit anything on. */
export class FewRowsError extends BiomedClipError {
  static override readonly name: string = 'FewRowsError';

  constructor(
    readonly method: string,
    readonly input: string,
    readonly rows: number,
    readonly needed: number,
  ) {
    super(`closing: ${method} needs at least ${needed} ${input}, got ${rows}`);
  }
}

/** Rows that are all the same have no covariance, and nothing to fit a map to. */
export class NoSpreadError extends BiomedClipError {
  static override readonly name: string = 'NoSpreadError';

  constructor(
    readonly input: string,
    readonly among: 'all' | 'neighbours' = 'all',
  ) {
    super(
      among === 'all'
        ? `fitGapClosing: all rows of the ${input} point the same way; give rows that differ`
        : `fitGapClosing: the ${input} are copies of a few different rows, and 'local' learns from what neighbours differ in; use method 'center' or 'reciprocal'`,
    );
  }
}

/** A method that learns from pairs was given rows that are none. */
export class UnpairedRowsError extends BiomedClipError {
  static override readonly name: string = 'UnpairedRowsError';

  constructor(
    readonly method: string,
    readonly images: number,
    readonly texts: number,
  ) {
    super(
      `fitGapClosing: ${method} learns from pairs, image i with text i, but there are ${images} images and ${texts} texts; ` +
        "give as many texts as images, or use method 'center' or 'transport', which need no pairs",
    );
  }
}

/** A file that is no closing, or a damaged one. */
export class ClosingFileError extends BiomedClipError {
  static override readonly name: string = 'ClosingFileError';

  constructor(
    readonly file: string,
    readonly problem: string,
  ) {
    super(`${file}: ${problem}; give a file that close-gap or GapClosing.save wrote`);
  }
}

/** A closing that was fitted on another checkpoint's embeddings. */
export class ClosingMismatchError extends BiomedClipError {
  static override readonly name: string = 'ClosingMismatchError';

  constructor(
    readonly expected: string,
    readonly actual: string,
  ) {
    super(
      `closing: was fitted on embeddings of the checkpoint ${expected}, these are of ${actual}; fit one on this model's embeddings`,
    );
  }
}

/** A warning: whether a closing was fitted on this checkpoint's embeddings is not known. */
export class ClosingUnknownModelError extends BiomedClipError {
  static override readonly name: string = 'ClosingUnknownModelError';

  constructor() {
    super(
      'closing: does not say which checkpoint it was fitted on; fit it with { model: model.info } to have that checked',
    );
  }
}

/** A warning: probabilities use the checkpoint's logit scale, which does not fit closed rows. */
export class ClosingLogitScaleError extends BiomedClipError {
  static override readonly name: string = 'ClosingLogitScaleError';

  constructor() {
    super(
      'closing: has no logit scale, which takes held-out pairs to fit, so probabilities use the checkpoint’s and are too sharp or too flat; ranks are right',
    );
  }
}
