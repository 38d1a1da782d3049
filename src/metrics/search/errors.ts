import { BiomedClipError } from '../../errors.ts';

/** More pairs above the threshold than are kept. */
export class TooManyDuplicatesError extends BiomedClipError {
  static override readonly name: string = 'TooManyDuplicatesError';

  constructor(
    /** The most pairs that are kept. */
    readonly limit: number,
    readonly threshold: number,
    /** Pairs found so far. */
    readonly found: number,
    /** Of the cosines, how many had been computed. */
    readonly compared: number,
    readonly total: number,
  ) {
    const [most, so, of, all] = [limit, found, compared, total].map((count) => count.toLocaleString('en'));
    super(
      `duplicates: more than ${most} pairs have a cosine of ${threshold} or more (${so} among the first ${of} of ${all}); ` +
        'raise the threshold, or the limit',
    );
  }
}

/** A query to an index without rows. */
export class EmptyIndexError extends BiomedClipError {
  static override readonly name: string = 'EmptyIndexError';

  constructor() {
    super('searchIndex: query before any row was added; call add first');
  }
}
