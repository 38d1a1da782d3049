import type { ImageHeader } from './image-header.ts';

/** Walks the blocks (GIF89a, appendix B) to the first image descriptor. */
export function readGifHeader(view: DataView): ImageHeader | string {
  const screenFlags = view.getUint8(10);
  const globalPalette = paletteAt(view, 13, screenFlags);
  const { descriptor, control } = findFrame(view, 13 + globalPalette.length);
  const localPalette = paletteAt(view, descriptor + 10, view.getUint8(descriptor + 9));
  const palette = localPalette.length > 0 ? localPalette : globalPalette;
  const transparent = control !== undefined && (view.getUint8(control) & 1) === 1;
  const index = transparent ? view.getUint8(control + 3) : 0;

  const [left, top, width, height] = [1, 3, 5, 7].map((at) => view.getUint16(descriptor + at, true)) as Quad;
  const grey = isGreyRamp(palette);
  return {
    format: 'gif',
    width: Math.max(view.getUint16(6, true), left + width),
    height: Math.max(view.getUint16(8, true), top + height),
    pillowMode: grey ? 'L' : 'P',
    firstFrame: {
      left,
      top,
      width,
      height,
      transparencyFlagAt: transparent ? control : undefined,
      outside: grey ? [index, index, index] : colourOf(palette, index),
    },
  };
}

/** How many frames there are. */
export function countGifFrames(view: DataView): number {
  let at = 13 + paletteAt(view, 13, view.getUint8(10)).length;
  let frames = 0;
  for (;;) {
    const block = at < view.byteLength ? view.getUint8(at) : TRAILER; // which some writers leave out
    if (block === TRAILER) return frames;
    if (block === 0x2c) {
      frames++;
      at += 10 + paletteAt(view, at + 10, view.getUint8(at + 9)).length + 1; // the smallest code's size
    } else at += 2;
    while (view.getUint8(at) !== 0) at += 1 + view.getUint8(at);
    at++;
  }
}

const TRAILER = 0x3b;

type Quad = [number, number, number, number];

/** Offsets of the image descriptor, and of the flags of the graphic control extension before it. */
function findFrame(view: DataView, start: number): { descriptor: number; control: number | undefined } {
  let at = start;
  let control: number | undefined;
  for (;;) {
    const block = view.getUint8(at);
    if (block === 0x2c) return { descriptor: at, control };
    if (block !== 0x21) throw new RangeError(`no image descriptor; block 0x${block.toString(16)} came`);
    if (view.getUint8(at + 1) === 0xf9) control = at + 3;
    at += 2;
    while (view.getUint8(at) !== 0) at += 1 + view.getUint8(at);
    at++;
  }
}

/** RGB triples, or nothing where the flags say that there is no colour table. */
function paletteAt(view: DataView, at: number, flags: number): Uint8Array {
  if ((flags & 0x80) === 0) return new Uint8Array();
  const length = 3 << ((flags & 7) + 1);
  if (at + length > view.byteLength) throw new RangeError('the colour table is cut off');
  return new Uint8Array(view.buffer, view.byteOffset + at, length);
}

/** Pillow opens a GIF as greyscale (mode L) if index i means grey i, or if there is no palette at all. */
function isGreyRamp(palette: Uint8Array): boolean {
  return palette.every((value, i) => value === Math.floor(i / 3));
}

function colourOf(palette: Uint8Array, index: number): [number, number, number] {
  const [r = 0, g = 0, b = 0] = palette.subarray(3 * index, 3 * index + 3);
  return [r, g, b];
}
