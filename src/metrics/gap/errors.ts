import { BiomedClipError } from '../../errors.ts';

/** Images and texts that do not form pairs: row i of the one belongs to row i of the other. */
export class PairCountError extends BiomedClipError {
  constructor(
    readonly images: number,
    readonly texts: number,
  ) {
    super(
      `modalityGap: needs as many texts as images, at least one; got ${images} images and ${texts} texts`,
    );
  }
}
