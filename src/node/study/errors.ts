import { BiomedClipError } from '../../errors.ts';

/** A directory of embeddings that cannot be studied as pairs. */
export class StudyManifestError extends BiomedClipError {
  static override readonly name: string = 'StudyManifestError';

  constructor(
    readonly file: string,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`${file}: ${reason}; a study needs what \`embed\` writes for images and their captions`, options);
  }
}

/** Fewer pairs than can be compared. */
export class TooFewPairsError extends BiomedClipError {
  static override readonly name: string = 'TooFewPairsError';

  constructor(
    readonly source: string,
    readonly pairs: number,
    /** Pairs left out because their image could not be read. */
    readonly skipped: number,
  ) {
    const lost = skipped > 0 ? `; ${skipped} were left out, see the warnings above` : '';
    super(`${source}: a study compares pairs with each other and needs at least 2, got ${pairs}${lost}`);
  }
}
