import type { ImageHeader, PillowMode } from './image-header.ts';

/** By colour type (PNG specification, table 11.1), then whether a channel has 16 bits, 1 bit, or another depth. */
const modes: Record<
  number,
  { readonly 1?: PillowMode; readonly 16?: PillowMode; readonly other: PillowMode }
> = {
  0: { 1: '1', 16: 'I;16', other: 'L' },
  2: { other: 'RGB' },
  3: { other: 'P' },
  4: { 16: 'RGBA', other: 'LA' },
  6: { other: 'RGBA' },
};

/** A transparent colour (tRNS) does not change the mode: Pillow does not apply it. */
export function readPngHeader(view: DataView): ImageHeader | string {
  const depth = view.getUint8(24);
  const colourType = view.getUint8(25);
  const row = modes[colourType];
  if (!row) return `PNG of colour type ${colourType}`;
  return {
    format: 'png',
    width: view.getUint32(16),
    height: view.getUint32(20),
    pillowMode: (depth === 1 || depth === 16 ? row[depth] : undefined) ?? row.other,
  };
}

/** How many frames an animated PNG has by its `acTL` chunk, which is in front of the pixels; else 1. */
export function countPngFrames(view: DataView): number {
  for (let at = 8; ; at += 12 + view.getUint32(at)) {
    const kind = String.fromCharCode(...[4, 5, 6, 7].map((byte) => view.getUint8(at + byte)));
    if (kind === 'acTL') return view.getUint32(at + 8);
    if (kind === 'IDAT') return 1;
  }
}
