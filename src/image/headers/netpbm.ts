import type { ImageHeader } from './image-header.ts';

/** What the header of a PBM, PGM or PPM says. */
export interface NetpbmLayout {
  /** The digit of its magic number: 1 to 3 in decimal text, 4 to 6 in bytes; bits, grey, colour. */
  readonly kind: number;
  readonly width: number;
  readonly height: number;
  /** The value that is white: 1 to 65,535; of bits, 1. */
  readonly maxval: number;
  /** Where the samples begin in the file. */
  readonly samplesAt: number;
}

/** As Pillow takes it: grey whose white is above 255 has 16 bits, colour always 8. */
export function readNetpbmHeader(view: DataView): ImageHeader | string {
  const { kind, width, height, maxval } = readNetpbmLayout(view);
  if (!(maxval >= 1 && maxval <= 65_535)) return `Netpbm with ${maxval} as white`;
  const pillowMode = kind % 3 === 1 ? '1' : kind % 3 === 0 ? 'RGB' : maxval > 255 ? 'I;16' : 'L';
  return { format: 'netpbm', width, height, pillowMode };
}

export function readNetpbmLayout(view: DataView): NetpbmLayout {
  const kind = view.getUint8(1) - 0x30;
  const reader = new NetpbmText(view, 2);
  const [width, height] = [reader.number(), reader.number()];
  const maxval = kind % 3 === 1 ? 1 : reader.number();
  reader.skipComment(); // one that follows the last number at once
  return { kind, width, height, maxval, samplesAt: reader.at + 1 }; // after one white space
}

const HASH = 0x23;

/** Decimal numbers between white space and comments, from `#` to the line's end. */
export class NetpbmText {
  constructor(
    private readonly view: DataView,
    /** The byte after what was read. */
    public at: number,
  ) {}

  /** The next number. @throws {RangeError} if there is none, or no more than a number of ten digits */
  number(): number {
    this.skip();
    const from = this.at;
    let value = 0;
    while (this.at < this.view.byteLength && this.at - from < 10) {
      const digit = this.view.getUint8(this.at) - 0x30;
      if (!(digit >= 0 && digit <= 9)) break;
      value = 10 * value + digit;
      this.at++;
    }
    if (this.at === from) throw new RangeError('a number was expected');
    return value;
  }

  /** The next digit 0 or 1, which nothing needs to part from its neighbours. */
  bit(): number {
    this.skip();
    const bit = this.view.getUint8(this.at++) - 0x30;
    if (bit !== 0 && bit !== 1) throw new RangeError('0 or 1 was expected');
    return bit;
  }

  /** To the end of the line of a comment that begins here. */
  skipComment(): void {
    if (this.at >= this.view.byteLength || this.view.getUint8(this.at) !== HASH) return;
    while (!isLineEnd(this.view.getUint8(this.at))) this.at++;
  }

  private skip(): void {
    for (; ; this.at++) {
      this.skipComment();
      if (!isSpace(this.view.getUint8(this.at))) return;
    }
  }
}

const isLineEnd = (char: number) => char === 0x0a || char === 0x0d;
const isSpace = (char: number) => char === 0x20 || (char >= 0x09 && char <= 0x0d);
