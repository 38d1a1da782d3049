import { BiomedClipError } from '../../errors.ts';

/** Points of too large a scale: their squared distances do not fit in f32. */
export class PointScaleError extends BiomedClipError {
  static override readonly name: string = 'PointScaleError';

  constructor(readonly row: number) {
    super(`tsne: the squared distances of row ${row} do not fit in f32; scale the data down`);
  }
}
