import type { ImageWindow, WindowChoice } from '../source.ts';
import type { Attributes } from './data-set.ts';
import { placesOf } from './functional-groups.ts';
import { lookUp, readLut } from './lookup-table.ts';
import type { ModalityTransform } from './modality.ts';
import type { DicomFile } from './read-file.ts';
import { tag } from './tags.ts';

/** From a value after the modality transform to 0 (black) to 255. */
export type Shade = (value: number) => number;

/** What a CT without a window is shown by: soft tissue, centre 40 and width 400, in Hounsfield units. */
const SOFT_TISSUE: ImageWindow = { low: -160, high: 240 };

/**
 * How values become bytes: by the window that was chosen, else by the file's VOI LUT, its first window, soft tissue for a
 * CT, and the frame's own least and greatest value, in this order.
 * @param extremes of the frame, after the modality transform
 * @throws {UnreadableImageError} for a damaged table
 */
export function shadeOf(
  file: DicomFile,
  frame: number,
  choice: WindowChoice,
  modality: ModalityTransform,
  extremes: () => ImageWindow,
): Shade {
  if (choice === 'auto') return linear(extremes());
  if (choice !== 'dicom') return linear(choice);
  const places = placesOf(file.attributes, tag.frameVoiLutSequence, frame);
  const table = places.flatMap((place) => place.items(tag.voiLutSequence))[0];
  if (table) return byTable(table, modality.signed, file.name);
  return (
    places.map(ownWindow).find((shade) => shade !== undefined) ??
    linear(isCt(file) ? SOFT_TISSUE : extremes())
  );
}

/** floor((v - low) * 255 / (high - low) + 0.5): `low` and below 0, beyond `high` 255. */
function linear({ low, high }: ImageWindow): Shade {
  return (value) => {
    if (value <= low) return 0;
    return value > high ? 255 : Math.floor(((value - low) * 255) / (high - low) + 0.5);
  };
}

/**
 * The first window, by its VOI LUT function (PS3.3, C.11.2.1.2 and C.11.2.1.3). Undefined without one, and for a width that
 * the function does not allow, which viewers pass over.
 */
function ownWindow(place: Attributes): Shade | undefined {
  const [[center], [width]] = [place.numbers(tag.windowCenter), place.numbers(tag.windowWidth)];
  if (center === undefined || width === undefined) return undefined;
  const kind = place.text(tag.voiLutFunction)?.toUpperCase() ?? 'LINEAR';
  if (width < (kind === 'LINEAR' ? 1 : Number.MIN_VALUE)) return undefined;
  if (kind === 'SIGMOID') {
    return (value) => Math.floor(255 / (1 + Math.exp((-4 * (value - center)) / width)) + 0.5);
  }
  const [middle, half] = kind === 'LINEAR_EXACT' ? [center, width / 2] : [center - 0.5, (width - 1) / 2];
  return linear({ low: middle - half, high: middle + half });
}

/** Entries of n bits reach from 0 to 2^n - 1. */
function byTable(item: Attributes, signed: boolean, name: string): Shade {
  const table = readLut(item, signed, name);
  const greatest = 2 ** table.bits - 1;
  return (value) => Math.min(255, Math.floor((lookUp(table, value) * 255) / greatest + 0.5));
}

/** Whether values are Hounsfield units: a CT of more than 8 bits that is no picture of a screen. */
function isCt({ attributes, sopClass }: DicomFile): boolean {
  const secondaryCapture = sopClass?.startsWith('1.2.840.10008.5.1.4.1.1.7');
  return (
    attributes.text(tag.modality) === 'CT' && !secondaryCapture && (attributes.word(tag.bitsStored) ?? 8) > 8
  );
}
