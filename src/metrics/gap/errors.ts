import { BiomedClipError } from '../../errors.ts';
import { excerpt } from '../../excerpt.ts';

/** Images and texts paired by row must be equally many, and at least one. */
export class PairCountError extends BiomedClipError {
  static override readonly name: string = 'PairCountError';

  constructor(
    readonly images: number,
    readonly texts: number,
  ) {
    super(
      `modalityGap: needs as many texts as images, at least one; got ${images} images and ${texts} texts`,
    );
  }
}

/** Ids by which some rows have no partner, or more than one. */
export class PairIdsError extends BiomedClipError {
  static override readonly name: string = 'PairIdsError';

  constructor(
    /** Ids of images that no text has. */
    readonly images: readonly string[],
    /** Ids of texts that no image has. */
    readonly texts: readonly string[],
    /** Ids of several images and several different texts, which cannot be paired. */
    readonly ambiguous: readonly string[],
  ) {
    const problems = [
      named(images, 'of the images no text has'),
      named(texts, 'of the texts no image has'),
      named(ambiguous, 'stands for several images and another number of texts'),
    ];
    super(
      `images and texts do not correspond by id: ${problems.filter(Boolean).join('; ')}; leave those rows out, ` +
        "or pair row by row (pairBy: 'rows', --pair-by rows)",
    );
  }
}

/** Models can be compared over the same pairs only. */
export class ComparedPairsError extends BiomedClipError {
  static override readonly name: string = 'ComparedPairsError';

  /** Ids of pairs that the other model lacks, as often as it does. */
  readonly missing: readonly string[];
  /** Ids of pairs that only the other model has. */
  readonly extra: readonly string[];

  constructor(
    /** The first model's name. */
    readonly first: string,
    /** The name of the model that was compared with it. */
    readonly other: string,
    difference: {
      readonly missing?: readonly string[];
      readonly extra?: readonly string[];
      readonly counts?: readonly [string, string];
    },
  ) {
    const { missing = [], extra = [], counts } = difference;
    const problems = [
      counts && `"${first}" has ${counts[0]}, "${other}" ${counts[1]}`,
      named(missing, `"${other}" lacks`),
      named(extra, `only "${other}" has`),
    ];
    super(
      `models are compared over the same pairs: ${problems.filter(Boolean).join('; ')}; embed the same pairs with each, or leave those rows out`,
    );
    this.missing = missing;
    this.extra = extra;
  }
}

/** Rows of one of several models that cannot be measured; `cause` says why. */
export class ComparedModelError extends BiomedClipError {
  static override readonly name: string = 'ComparedModelError';

  constructor(
    /** The model's name. */
    readonly model: string,
    override readonly cause: BiomedClipError,
  ) {
    super(`model "${model}": ${cause.message}`, { cause });
  }
}

function named(ids: readonly string[], what: string): string {
  const shown = ids.slice(0, 3).map(excerpt).join(', ');
  const more = ids.length > 3 ? ` and ${(ids.length - 3).toLocaleString('en')} more` : '';
  return ids.length === 0 ? '' : `${ids.length === 1 ? 'the id' : 'the ids'} ${shown}${more} ${what}`;
}

/** A row that a shift along the gap vector moves to the origin, where it has no direction. */
export class ShiftedToZeroError extends BiomedClipError {
  static override readonly name: string = 'ShiftedToZeroError';

  constructor(
    readonly input: string,
    readonly row: number,
  ) {
    super(
      `shiftModalities: row ${row} of the ${input} is zero after the shift; use another amount, or renormalize: false`,
    );
  }
}
