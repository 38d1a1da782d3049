import { UnreadableImageError } from '../errors.ts';
import { placesOf } from './functional-groups.ts';
import { lookUp, readLut } from './lookup-table.ts';
import type { PixelFormat } from './pixel-format.ts';
import type { DicomFile } from './read-file.ts';
import { tag } from './tags.ts';

/** From stored values to those that windows are given in: Hounsfield units of a CT. */
export interface ModalityTransform {
  apply(stored: number): number;
  /** Whether its results may be below 0. */
  readonly signed: boolean;
}

/**
 * The modality LUT module (PS3.3, C.11.1), or the rescaling of the frame: a table, slope and intercept, or nothing.
 * @throws {UnreadableImageError} for a damaged table, for a slope of 0, and for a slope or intercept that is no number
 */
export function modalityTransform(file: DicomFile, format: PixelFormat, frame: number): ModalityTransform {
  const { attributes, name } = file;
  const [item] = attributes.items(tag.modalityLutSequence);
  if (item) {
    const table = readLut(item, format.signed, name);
    return { apply: (stored) => lookUp(table, stored), signed: false };
  }
  const places = placesOf(attributes, tag.pixelValueTransformationSequence, frame);
  const number = (key: string) => {
    const text = places.map((place) => place.text(key)).find((value) => value !== undefined);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (Number.isFinite(value)) return value;
    throw new UnreadableImageError(name, 'its rescale slope or intercept is no number'); // such as 1,5
  };
  const [slope = 1, intercept = 0] = [number(tag.rescaleSlope), number(tag.rescaleIntercept)];
  if (slope === 0) throw new UnreadableImageError(name, 'its rescale slope is 0');
  const signed = format.signed || slope < 0 || intercept < 0;
  return { apply: (stored) => stored * slope + intercept, signed };
}
