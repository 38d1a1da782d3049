import type { ImageWindow, WindowChoice } from '../source.ts';
import { modalityTransform } from './modality.ts';
import type { PixelFormat } from './pixel-format.ts';
import type { DicomFile } from './read-file.ts';
import type { StoredValues } from './stored-values.ts';
import { tag } from './tags.ts';
import { shadeOf } from './voi.ts';

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
  const distinct = distinctValues(values);
  const extremes = () => wholeRange(distinct, paddingOf(file, format), modality.apply);
  const shade = shadeOf(file, frame, choice, modality, extremes);
  const inverse =
    format.photometric === 'MONOCHROME1' || file.attributes.text(tag.presentationLutShape) === 'INVERSE';
  const flip = inverse ? 255 : 0; // 255 - v of a byte
  const show = tabulated(distinct, (stored) => shade(modality.apply(stored)) ^ flip);
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

/** Each value once, of up to 16 bits: 65,536 at most, for each of which the transforms are computed. Of 32 bits all. */
function distinctValues(values: StoredValues): StoredValues | readonly number[] {
  if (values.BYTES_PER_ELEMENT > 2) return values;
  const seen = new Uint8Array(65_536);
  for (let i = 0; i < values.length; i++) seen[(values[i] ?? 0) & 0xffff] = 1;
  const signed = values instanceof Int16Array;
  const distinct: number[] = [];
  for (let word = 0; word < seen.length; word++) {
    if (seen[word]) distinct.push(signed ? (word << 16) >> 16 : word);
  }
  return distinct;
}

function tabulated(
  distinct: StoredValues | readonly number[],
  show: (stored: number) => number,
): (stored: number) => number {
  if (distinct instanceof Uint32Array || distinct instanceof Int32Array) return show;
  const table = new Uint8Array(65_536);
  for (const stored of distinct) table[stored & 0xffff] = show(stored);
  return (stored) => table[stored & 0xffff] ?? 0;
}

function extremesOf(
  values: Iterable<number>,
  apply: (stored: number) => number,
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
  values: Iterable<number>,
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
