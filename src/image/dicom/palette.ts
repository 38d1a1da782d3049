import { UnreadableImageError } from '../errors.ts';
import type { Attributes } from './data-set.ts';
import { type LookupTable, readDescriptor, readTable } from './lookup-table.ts';
import type { PixelFormat } from './pixel-format.ts';
import type { DicomFile } from './read-file.ts';
import type { StoredValues } from './stored-values.ts';
import { tag } from './tags.ts';

const CHANNELS = [
  { descriptor: tag.redPaletteDescriptor, data: tag.redPalette, segments: tag.segmentedRedPalette },
  { descriptor: tag.greenPaletteDescriptor, data: tag.greenPalette, segments: tag.segmentedGreenPalette },
  { descriptor: tag.bluePaletteDescriptor, data: tag.bluePalette, segments: tag.segmentedBluePalette },
];

/**
 * PALETTE COLOR (PS3.3, C.7.6.3.1.5 and C.7.9) as RGBA bytes; entries of 16 bits keep their high byte.
 * @throws {UnreadableImageError} for a table that is missing, too short or damaged
 */
export function showPalette(
  values: StoredValues,
  { attributes, name }: DicomFile,
  { signed }: PixelFormat,
): Uint8Array {
  const rgba = new Uint8Array(values.length * 4).fill(255);
  for (const [channel, keys] of CHANNELS.entries()) {
    const { first, entries } = asBytes(readChannel(attributes, keys, signed, name));
    const last = entries.length - 1;
    for (let i = 0; i < values.length; i++) {
      rgba[4 * i + channel] = entries[Math.min(last, Math.max(0, (values[i] ?? 0) - first))] ?? 0;
    }
  }
  return rgba;
}

function readChannel(
  attributes: Attributes,
  keys: (typeof CHANNELS)[number],
  signed: boolean,
  name: string,
): LookupTable {
  if (attributes.element(keys.data) || !attributes.element(keys.segments)) {
    return readTable(attributes, keys, signed, name);
  }
  const { first, count, bits } = readDescriptor(attributes, keys.descriptor, signed, name);
  const stored =
    bits > 8 ? attributes.words(keys.segments) : (attributes.bytes(keys.segments) ?? new Uint8Array());
  const entries = expandSegments(stored, bits, name);
  if (entries.length < count) {
    throw new UnreadableImageError(name, `its segmented palette has ${entries.length} of ${count} entries`);
  }
  return { first, entries: Uint16Array.from(entries), bits };
}

/** The high byte of 16-bit entries. Writers that put 8-bit ones into words say 16 all the same, so the entries decide. */
function asBytes({ first, entries, bits }: LookupTable): {
  first: number;
  entries: Uint8Array | Uint16Array;
} {
  const deep = bits > 8 && entries.some((entry) => entry > 255);
  return { first, entries: deep ? entries.map((entry) => entry >> 8) : entries };
}

/**
 * Segmented palettes (PS3.3, C.7.9.2): 0 lists entries, 1 draws a line from the entry before to one, 2 repeats segments
 * that stand at an offset.
 */
function expandSegments(stored: Uint8Array | Uint16Array, bits: number, name: string): number[] {
  const entries: number[] = [];
  const damaged = () => new UnreadableImageError(name, 'its segmented palette is damaged');
  const expand = (start: number, segments: number, nested: boolean): void => {
    let at = start;
    for (let done = 0; done < segments && at + 1 < stored.length; done++) {
      const [kind, length = 0] = [stored[at], stored[at + 1]];
      at += 2;
      if (entries.length + length > 65_536) throw damaged();
      if (kind === 0) {
        entries.push(...stored.subarray(at, at + length));
        at += length;
      } else if (kind === 1) {
        drawLine(entries, stored[at] ?? 0, length);
        at += 1;
      } else if (kind === 2 && !nested) {
        // The offset is a number of 32 bits, the lower half first, counted in entries' own units.
        const parts = bits > 8 ? [stored[at], stored[at + 1]] : [...stored.subarray(at, at + 4)];
        const offset = parts.reduceRight<number>(
          (sum, part = 0) => sum * (bits > 8 ? 65_536 : 256) + part,
          0,
        );
        at += parts.length;
        expand(bits > 8 ? offset / 2 : offset, length, true);
      } else throw damaged();
    }
  };
  expand(0, Number.POSITIVE_INFINITY, false);
  return entries;
}

/** `length` entries from the last one, exclusive, to `end`. */
function drawLine(entries: number[], end: number, length: number): void {
  const start = entries.at(-1) ?? 0;
  for (let i = 1; i <= length; i++) entries.push(Math.round(start + ((end - start) * i) / length));
}
