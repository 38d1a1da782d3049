import { InvalidOptionError } from '../errors.ts';
import { checkWindow, type WindowChoice } from './source.ts';

/** The plane of a volume's slice. */
export type ImagePlane = 'axial' | 'coronal' | 'sagittal';

/** The anatomical planes, by which a volume is cut into slices. */
export const IMAGE_PLANES: readonly ImagePlane[] = ['axial', 'coronal', 'sagittal'];

/** Which picture of a file is meant, and how its values become grey. */
export interface DecodeOptions {
  /** Default: the file's own window where its format has one, else 0 to 65,535. */
  readonly window?: WindowChoice;
  /**
   * Counted from 1: the frame of a DICOM file, the page of a TIFF, the slice of a volume. Default: the first, of a volume
   * the middle one.
   */
  readonly frame?: number;
  /** Of volumes. Default: axial. */
  readonly plane?: ImagePlane;
}

/** @throws {InvalidOptionError} */
export function checkDecodeOptions(options: DecodeOptions): void {
  const { window, frame, plane } = options;
  if (window) checkWindow(window);
  if (frame !== undefined && !(Number.isSafeInteger(frame) && frame >= 1)) {
    throw new InvalidOptionError('frame', 'an integer of at least 1', frame);
  }
  if (plane !== undefined && !IMAGE_PLANES.includes(plane)) {
    throw new InvalidOptionError('plane', IMAGE_PLANES.map((name) => `'${name}'`).join(', '), plane);
  }
}
