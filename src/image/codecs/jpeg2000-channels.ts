import type { Jpeg2000Layout } from './jpeg2000-layout.ts';

/**
 * A JP2 file of the same codestream that asks for some of its components by a component mapping (ITU-T T.800, I.5.3.5),
 * since the codec hands out neither two nor four, and of more than 8 bits one. They come unsigned, 2^(bits - 1) higher
 * where they were signed: of 8 signed bits the codec would cut off what is below 0.
 */
export function onlyChannels(
  { width, height, components, codestream }: Jpeg2000Layout,
  channels: readonly number[],
): Uint8Array {
  const depths = channels.map((c) => (components[c]?.bits ?? 8) - 1);
  const header = [
    box('ihdr', u32(height), u32(width), u16(components.length), [255, 7, 1, 0]), // 255: depths in bpcc, 7: JPEG 2000
    box(
      'bpcc',
      components.map(({ bits }) => bits - 1),
    ),
    box('colr', [1, 0, 0], u32(channels.length === 3 ? SRGB : GREY)),
    // A mapping needs a palette. It has one entry, which no channel uses.
    box('pclr', u16(1), [channels.length], depths, ...depths.map((depth) => (depth > 7 ? u16(0) : [0]))),
    box('cmap', ...channels.map((c) => [...u16(c), 0, 0])),
  ];
  return concat(
    box('jP  ', [0x0d, 0x0a, 0x87, 0x0a]),
    box('ftyp', ascii('jp2 '), u32(0), ascii('jp2 ')),
    box('jp2h', ...header),
    box('jp2c', unsigned(codestream, components.length)),
  );
}

const SRGB = 16;
const GREY = 17;

/** The codestream with the sign cleared in each component of its SIZ marker segment. */
function unsigned(codestream: Uint8Array, components: number): Uint8Array {
  const copy = new Uint8Array(codestream); // `slice` of a Buffer would be no copy
  for (let c = 0; c < components; c++) copy[42 + 3 * c] = (copy[42 + 3 * c] ?? 0) & 0x7f;
  return copy;
}

type Bytes = ArrayLike<number>;

function box(type: string, ...parts: readonly Bytes[]): Uint8Array {
  const contents = concat(...parts);
  return concat(u32(8 + contents.length), ascii(type), contents);
}

function concat(...parts: readonly Bytes[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const ascii = (text: string): number[] => [...text].map((char) => char.charCodeAt(0));
const u16 = (value: number): number[] => [value >>> 8, value & 255];
const u32 = (value: number): number[] => [...u16(value >>> 16), ...u16(value & 0xffff)];
