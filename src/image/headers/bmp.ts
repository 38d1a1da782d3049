import type { ImageHeader } from './image-header.ts';

/** What the headers of a BMP say of its pixels. */
export interface BmpLayout {
  readonly width: number;
  readonly height: number;
  /** The first row is the highest, and not the lowest. */
  readonly topDown: boolean;
  /** A pixel: 1, 4, 8, 16, 24 or 32. */
  readonly bits: number;
  /** Run lengths instead of rows, of palette entries of 4 or 8 bits. */
  readonly runLengths: boolean;
  /** Of up to 8 bits: colours as blue, green, red, and for `entry` 4 a byte that is not used. */
  readonly palette: { readonly colours: Uint8Array; readonly entry: 3 | 4 } | undefined;
  /** Of more than 8 bits: which of them are red, green, blue and alpha. Alpha 0: none. */
  readonly masks: readonly [red: number, green: number, blue: number, alpha: number];
  /** Where the pixels begin in the file. */
  readonly pixelsAt: number;
  readonly pillowMode: '1' | 'L' | 'P' | 'RGB' | 'RGBA';
}

const COMPRESSION = { none: 0, rle8: 1, rle4: 2, bitFields: 3, alphaBitFields: 6 } as const;
const HEADER_SIZES = [12, 40, 52, 56, 64, 108, 124];

/** As Pillow takes it. A 32-bit file without masks has no alpha, whatever its fourth byte holds. */
export function readBmpHeader(view: DataView): ImageHeader | string {
  const layout = readBmpLayout(view);
  if (typeof layout === 'string') return layout;
  const { width, height, pillowMode } = layout;
  return { format: 'bmp', width, height, pillowMode };
}

/** Of the version that the header's size tells (OS/2 1 and 2, Windows 3 to 5), or the name of what is not read. */
export function readBmpLayout(view: DataView): BmpLayout | string {
  const headerSize = view.getUint32(14, true);
  if (!HEADER_SIZES.includes(headerSize)) return `BMP with a header of ${headerSize} bytes`;
  const os2 = headerSize === 12;
  const bits = view.getUint16(os2 ? 24 : 28, true);
  const compression = os2 ? 0 : view.getUint32(30, true);
  const entry = os2 ? 3 : 4;
  const declared = os2 ? 0 : view.getUint32(46, true);
  const colours = bits > 8 ? 0 : declared || 2 ** bits;
  if (colours > 65_536) return `BMP with ${colours} colours`;
  const rle = compression === COMPRESSION.rle8 || compression === COMPRESSION.rle4;
  if (rle && bits !== (compression === COMPRESSION.rle8 ? 8 : 4)) return `run-length BMP of ${bits} bits`;
  const masks = masksOf(view, headerSize, bits, compression);
  if (!masks || ![1, 4, 8, 16, 24, 32].includes(bits))
    return `BMP of ${bits} bits, compression ${compression}`;

  const height = os2 ? view.getUint16(20, true) : view.getInt32(22, true);
  const paletteAt = 14 + headerSize;
  const pixelsAt = view.getUint32(10, true);
  const palette = colours ? paletteOf(view, paletteAt, colours, entry) : undefined;
  return {
    width: os2 ? view.getUint16(18, true) : view.getInt32(18, true),
    height: Math.abs(height),
    topDown: height < 0,
    bits,
    runLengths: rle,
    palette,
    masks,
    // Some writers leave the palette out of account, as Pillow knows.
    pixelsAt: pixelsAt > paletteAt || bits > 8 ? pixelsAt : paletteAt + entry * colours,
    pillowMode: palette ? paletteMode(palette.colours, entry) : masks[3] ? 'RGBA' : 'RGB',
  };
}

type Masks = BmpLayout['masks'];

const BGRX: Masks = [0xff0000, 0xff00, 0xff, 0];

/** Undefined for compressions and masks that are not read: each channel takes up to 8 bits that lie together. */
function masksOf(view: DataView, headerSize: number, bits: number, compression: number): Masks | undefined {
  if (bits <= 8) return compression <= COMPRESSION.rle4 ? BGRX : undefined;
  if (compression === COMPRESSION.none) return bits === 16 ? [0x7c00, 0x3e0, 0x1f, 0] : BGRX;
  if (compression !== COMPRESSION.bitFields && compression !== COMPRESSION.alphaBitFields) return undefined;
  // After a header of 40 bytes, and at the same place within a longer one.
  const hasAlpha = headerSize >= 56 || compression === COMPRESSION.alphaBitFields;
  const [red = 0, green = 0, blue = 0, alpha = 0] = [54, 58, 62, 66].map((at, i) =>
    i < 3 || hasAlpha ? view.getUint32(at, true) : 0,
  );
  if (bits === 32 && hasAlpha && !(red | green | blue | alpha)) return [0xff0000, 0xff00, 0xff, 0xff000000]; // as Pillow
  const readable = red && green && blue && [red, green, blue, alpha].every(isMask);
  return readable ? [red, green, blue, alpha] : undefined;
}

function isMask(mask: number): boolean {
  const low = mask >>> Math.max(0, 31 - Math.clz32(mask & -mask));
  return low <= 255 && (low & (low + 1)) === 0;
}

function paletteOf(view: DataView, at: number, colours: number, entry: 3 | 4): BmpLayout['palette'] {
  if (at + entry * colours > view.byteLength) throw new RangeError('the palette is cut off');
  return { colours: new Uint8Array(view.buffer, view.byteOffset + at, entry * colours), entry };
}

/** A palette that only counts through the greys is none to Pillow; of two colours it is a picture of 1 bit. */
function paletteMode(colours: Uint8Array, entry: 3 | 4): '1' | 'L' | 'P' {
  const count = colours.length / entry;
  const step = count === 2 ? 255 : 1;
  const grey = colours.every((value, i) => i % entry === 3 || value === Math.floor(i / entry) * step);
  return !grey ? 'P' : count === 2 ? '1' : 'L';
}
