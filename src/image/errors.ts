import { BiomedClipError } from '../errors.ts';
import { excerpt } from '../excerpt.ts';

/** An image that cannot be used. The base class of image errors, for callers that go on with the other images. */
export class ImageError extends BiomedClipError {
  static override readonly name: string = 'ImageError';

  constructor(
    /** The path, the URL, or a word for what was passed. */
    readonly source: string,
    problem: string,
    options?: ErrorOptions,
  ) {
    super(`${source}: ${problem}`, options);
  }
}

/** There is no such file, or the server says so. */
export class ImageNotFoundError extends ImageError {
  static override readonly name: string = 'ImageNotFoundError';

  constructor(source: string, options?: ErrorOptions) {
    super(source, 'no image is there; check the path or URL', options);
  }
}

/** The bytes are not a whole image: truncated, corrupt, empty, or not readable at all. */
export class UnreadableImageError extends ImageError {
  static override readonly name: string = 'UnreadableImageError';

  constructor(
    source: string,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(source, `the image cannot be read: ${reason}`, options);
  }
}

/** A format, or a variant of one, that is not read. */
export class UnsupportedImageError extends ImageError {
  static override readonly name: string = 'UnsupportedImageError';

  constructor(
    source: string,
    /** The format that came, for instance `DICOM` or `TIFF with 32-bit samples`. */
    readonly format: string,
  ) {
    super(
      source,
      `${format} is not read; convert it to JPEG, PNG, WebP, TIFF or GIF with 8 or 16 bits a channel`,
    );
  }
}

/** An image that a model's way of resizing (`resize_mode: "longest"`) cannot make a square. */
export class UnfitImageError extends ImageError {
  static override readonly name: string = 'UnfitImageError';
}

/** An image beyond the limit on pixels, a guard against decompression bombs. */
export class ImageTooLargeError extends ImageError {
  static override readonly name: string = 'ImageTooLargeError';

  constructor(
    source: string,
    readonly width: number,
    readonly height: number,
    readonly maxPixels: number,
  ) {
    super(source, `${width} x ${height} pixels; at most ${maxPixels} are decoded, so scale the image down`);
  }
}

/** A file beyond the limit on bytes. */
export class ImageFileSizeError extends ImageError {
  static override readonly name: string = 'ImageFileSizeError';

  constructor(
    source: string,
    readonly bytes: number,
    readonly maxBytes: number,
  ) {
    super(
      source,
      `the file has ${bytes.toLocaleString('en')} bytes or more, at most ${maxBytes.toLocaleString('en')} are read; ` +
        'scale the image down',
    );
  }
}

/** A 16-bit grey image whose values use few of the bits. */
export interface UnusedBits {
  /** The image's id. */
  readonly id: string;
  /** Of 16 bits, the number that no value uses. */
  readonly unused: number;
}

/** 16-bit grey images that use 14 bits or fewer: divided by 257, as all are without a window, they are nearly black. */
export class UnusedBitsError extends BiomedClipError {
  static override readonly name: string = 'UnusedBitsError';

  constructor(readonly images: readonly UnusedBits[]) {
    const shown = images.slice(0, 3).map(({ id, unused }) => `${excerpt(id)}: ${16 - unused} bits`);
    const count = images.length === 1 ? 'an image' : `${images.length.toLocaleString('en')} images`;
    super(
      `${count} of 16-bit grey came out nearly black, since few of the bits are used (${shown.join(', ')}` +
        `${images.length > 3 ? ', …' : ''}); give a window: { source, window: 'auto' } or { low, high }, or --window`,
    );
  }
}

/** A file of several pictures, of which one was shown. */
export interface OtherFrames {
  /** The image's id. */
  readonly id: string;
  /** How many pictures the file has. */
  readonly frames: number;
}

/** Files of several pictures (frames, pages, slices), of which none was asked for, so that one of each was embedded. */
export class OtherFramesError extends BiomedClipError {
  static override readonly name: string = 'OtherFramesError';

  constructor(readonly images: readonly OtherFrames[]) {
    const shown = images.slice(0, 3).map(({ id, frames }) => `${excerpt(id)}: ${frames}`);
    const count = images.length === 1 ? 'a file has' : `${images.length.toLocaleString('en')} files have`;
    super(
      `${count} several pictures, of which one was embedded (${shown.join(', ')}${images.length > 3 ? ', …' : ''}); ` +
        'name it: { source, frame }, or --frames, --pages or --slices',
    );
  }
}

/** A file has no picture of that number. */
export class NoSuchFrameError extends ImageError {
  static override readonly name: string = 'NoSuchFrameError';

  constructor(
    source: string,
    /** Counted from 1. */
    readonly frame: number,
    /** How many pictures the file has. */
    readonly frames: number,
  ) {
    super(source, `there is no picture ${frame}; it has ${frames}, counted from 1`);
  }
}

/** A DICOM file that holds no picture: a report, a document, a plan, a directory. */
export class NoDicomPixelsError extends ImageError {
  static override readonly name: string = 'NoDicomPixelsError';

  constructor(
    source: string,
    /** What the file is: its SOP class and modality. */
    readonly kind: string,
  ) {
    super(source, `a DICOM file without pixels (${kind}); leave it out`);
  }
}

/** A DICOM file that is not read: its transfer syntax, its layout of pixels or its photometric interpretation. */
export class UnsupportedDicomError extends ImageError {
  static override readonly name: string = 'UnsupportedDicomError';

  constructor(
    source: string,
    /** What came, for instance `12-bit lossy JPEG`. */
    readonly variant: string,
  ) {
    super(
      source,
      `DICOM with ${variant} is not read; convert it to an uncompressed one of 8 or 16 bits, or export it as PNG`,
    );
  }
}
