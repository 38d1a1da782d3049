import type { DecodeOptions } from '../decode-options.ts';
import type { DecodedImage } from '../decoded-image.ts';
import { showColour } from './colour.ts';
import { frameSamples, storedFrame } from './frame-samples.ts';
import { showGrey } from './grey.ts';
import { showPalette } from './palette.ts';
import { pixelFormat } from './pixel-format.ts';
import { readDicom } from './read-file.ts';

/**
 * Decodes one frame of a DICOM file to what a viewer shows (PS3.3, C.7.6.3, C.11.1, C.11.2), opaque: modality transform,
 * window, MONOCHROME1, palettes, YBR. Overlays and display shutters are left out.
 *
 * `window` is in units after the modality transform, Hounsfield units of a CT. `dicom`, the default, takes the file's own:
 * its VOI LUT, its first window, -160 to 240 for a CT without either (soft tissue), else the frame's least to its greatest
 * value without Pixel Padding Value. Colour knows no window.
 *
 * @param name the file's, for errors
 * @throws {NoDicomPixelsError} for a report, a document, a plan
 * @throws {UnsupportedDicomError} for a transfer syntax or a layout of pixels that is not read
 * @throws {UnreadableImageError} for a truncated or damaged file
 * @throws {NoSuchFrameError} beyond the last frame
 * @throws {ImageTooLargeError} before anything is decoded
 */
export async function decodeDicom(
  bytes: Uint8Array,
  name: string,
  { window = 'dicom', frame }: DecodeOptions = {},
): Promise<DecodedImage> {
  const file = readDicom(bytes, name);
  const stored = pixelFormat(file);
  const { width, height, frames } = stored;
  const { values, format } = await frameSamples(file, stored, frame ?? 1);
  return {
    width,
    height,
    mode: 'rgb',
    data:
      format.samples === 3
        ? showColour(values, format)
        : format.photometric === 'PALETTE COLOR'
          ? showPalette(values, file, format)
          : showGrey(values, file, format, frame ?? 1, window),
    ...(frame === undefined && frames > 1 && { frames }),
  };
}

/** How many frames a DICOM file has, all of them. @throws as `decodeDicom`, but for what only decompressing finds */
export async function dicomFrames(bytes: Uint8Array, name: string): Promise<number> {
  const file = readDicom(bytes, name);
  const format = pixelFormat(file);
  storedFrame(file, format, format.frames); // more than the pixels hold are an error here, not a list of a billion
  return format.frames;
}
