import type { ImageWindow, WindowChoice } from '../source.ts';
import { modalityTransform } from './modality.ts';
import type { PixelFormat } from './pixel-format.ts';
import type { DicomFile } from './read-file.ts';
import type { StoredValues } from './stored-values.ts';
import { tag } from './tags.ts';
import { shadeOf } from './voi.ts';

/** Ranges of stored values up to this long are shown by a table. */
const TABLE = 65_536;

/**
 * Grey as a viewer shows it: modality transform, window, and black for white where MONOCHROME1 or the presentation LUT's
 * shape says so. RGBA bytes.
 */
export function showGrey(
  values: StoredValues,
  file: DicomFile,
  format: PixelFormat,
  frame: number,
  choice: WindowChoice,
): Uint8Array {
  const modality = modalityTransform(file, format, frame);
  const extremes = () => wholeRange(values, paddingOf(file, format), modality.apply);
  const shade = shadeOf(file, frame, choice, modality, extremes);
  const inverse =
    format.photometric === 'MONOCHROME1' || file.attributes.text(tag.presentationLutShape) === 'INVERSE';
  const flip = inverse ? 255 : 0; // 255 - v of a byte
  const show = tabulated(values, (stored) => shade(modality.apply(stored)) ^ flip);
  const rgba = new Uint8Array(values.length * 4);
  for (let i = 0; i < values.length; i++) {
    const grey = show(values[i] ?? 0);
    rgba[4 * i] = grey;
    rgba[4 * i + 1] = grey;
    rgba[4 * i + 2] = grey;
    rgba[4 * i + 3] = 255;
  }
  return rgba;
}

/** By a table of the range that occurs, where that is shorter than the work. */
function tabulated(values: StoredValues, show: (stored: number) => number): (stored: number) => number {
  const [least, greatest] = extremesOf(values);
  if (greatest - least >= Math.min(TABLE, values.length)) return show;
  const table = Uint8Array.from({ length: greatest - least + 1 }, (_, i) => show(least + i));
  return (stored) => table[stored - least] ?? 0;
}

function extremesOf(
  values: StoredValues,
  apply: (stored: number) => number = (stored) => stored,
  isPadding: (stored: number) => boolean = () => false,
): [least: number, greatest: number] {
  let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const stored of values) {
    if (isPadding(stored)) continue;
    const value = apply(stored);
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  return [least, greatest];
}

/** From the least to the greatest value, without padding unless all is padding. */
function wholeRange(
  values: StoredValues,
  isPadding: (stored: number) => boolean,
  apply: (stored: number) => number,
): ImageWindow {
  const shown = extremesOf(values, apply, isPadding);
  const [low, high] = shown[0] <= shown[1] ? shown : extremesOf(values, apply);
  return { low, high: high > low ? high : low + 1 };
}

/** Pixel Padding Value, up to its range limit in either direction (PS3.3, C.7.5.1.1.2): stored values outside the picture. */
function paddingOf({ attributes }: DicomFile, { signed }: PixelFormat): (stored: number) => boolean {
  const value = attributes.word(tag.pixelPaddingValue);
  if (value === undefined) return () => false;
  const limit = attributes.word(tag.pixelPaddingRangeLimit) ?? value;
  const ends = [value, limit].map((word) => (signed ? (word << 16) >> 16 : word));
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  return (stored) => stored >= low && stored <= high;
}
