import { BiomedClipError } from '../errors.ts';

/** A format of whole slides, or a variant of one, that is not read. */
export class UnsupportedSlideError extends BiomedClipError {
  static override readonly name: string = 'UnsupportedSlideError';

  constructor(
    /** The slide's path or URL. */
    readonly slide: string,
    /** What it is, for instance `MRXS (3DHISTECH)`. */
    readonly format: string,
  ) {
    super(
      `${slide}: ${format} is not read; convert it to a tiled, pyramidal TIFF or OME-TIFF with 8 bits a channel ` +
        '(vips tiffsave --tile --pyramid --compression jpeg)',
    );
  }
}

/** A slide whose structure or tiles are damaged. */
export class UnreadableSlideError extends BiomedClipError {
  static override readonly name: string = 'UnreadableSlideError';

  constructor(
    /** The slide's path or URL. */
    readonly slide: string,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`${slide}: the slide cannot be read: ${reason}`, options);
  }
}

/** A level, or a tile that lies partly outside of its level. */
export class NoSuchTileError extends BiomedClipError {
  static override readonly name: string = 'NoSuchTileError';

  constructor(
    /** The slide's path or URL. */
    readonly slide: string,
    asked: string,
    /** What there is. */
    readonly there: string,
  ) {
    super(`${slide}: there is no ${asked}; ${there}`);
  }
}
