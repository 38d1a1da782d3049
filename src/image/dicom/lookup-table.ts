import { UnreadableImageError } from '../errors.ts';
import type { Attributes } from './data-set.ts';
import { tag } from './tags.ts';

/** A table of values (PS3.3, C.11.1.1 and C.11.2.1.1): `first` and below give its first entry, beyond its end the last. */
export interface LookupTable {
  /** The input of the first entry. */
  readonly first: number;
  readonly entries: Uint8Array | Uint16Array;
  /** Of an entry. */
  readonly bits: number;
}

/** The table's value for an input. */
export function lookUp({ first, entries }: LookupTable, value: number): number {
  return entries[Math.min(entries.length - 1, Math.max(0, Math.floor(value) - first))] ?? 0;
}

/**
 * The table in an item of a modality or VOI LUT sequence.
 * @param signed whether its input is, where the descriptor's VR does not say
 * @throws {UnreadableImageError} if it is shorter than its descriptor says
 */
export function readLut(item: Attributes, signed: boolean, name: string): LookupTable {
  return readTable(item, { descriptor: tag.lutDescriptor, data: tag.lutData }, signed, name);
}

/** Entries of up to 8 bits may have a byte each or a word each. A descriptor of 0 entries means 65,536. */
export function readTable(
  attributes: Attributes,
  { descriptor, data }: { readonly descriptor: string; readonly data: string },
  signed: boolean,
  name: string,
): LookupTable {
  const { first, count, bits } = readDescriptor(attributes, descriptor, signed, name);
  const bytes = attributes.bytes(data) ?? new Uint8Array();
  const words = bytes.length >= 2 * count;
  if (!words && (bits > 8 || bytes.length < count)) {
    const shown = `${bytes.length.toLocaleString('en')} bytes for ${count.toLocaleString('en')} entries of ${bits} bits`;
    throw new UnreadableImageError(name, `a lookup table is too short: ${shown}`);
  }
  return {
    first,
    entries: words ? attributes.words(data).subarray(0, count) : bytes.subarray(0, count),
    bits,
  };
}

/** Entries, first input and bits. Only the second may be signed: by its VR, or of implicit VR by the pixels. */
export function readDescriptor(
  attributes: Attributes,
  descriptor: string,
  signed: boolean,
  name: string,
): { first: number; count: number; bits: number } {
  const [count, first, bits] = attributes.words(descriptor);
  if (count === undefined || first === undefined || bits === undefined || bits < 1 || bits > 16) {
    throw new UnreadableImageError(
      name,
      'the descriptor of a lookup table is not three numbers with at most 16 bits',
    );
  }
  const vr = attributes.element(descriptor)?.vr;
  const negative = vr === 'SS' || (vr !== 'US' && signed);
  return { first: negative ? (first << 16) >> 16 : first, count: count || 65_536, bits };
}
