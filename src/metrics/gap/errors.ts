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

/** A row that a shift along the gap vector takes to the origin, where it has no direction left. */
export class ShiftedToZeroError extends BiomedClipError {
  constructor(
    readonly input: string,
    readonly row: number,
  ) {
    super(
      `shiftModalities: row ${row} of the ${input} is zero after the shift; use another amount, or renormalize: false`,
    );
  }
}
