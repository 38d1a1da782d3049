import type { ImageHeader, PillowMode } from './image-header.ts';

const modes: Record<number, PillowMode> = { 1: 'L', 3: 'RGB', 4: 'CMYK' };

/** Walks the markers to the frame header (SOFn; ITU-T T.81, B.2.2), which has the size and component count. */
export function readJpegHeader(view: DataView): ImageHeader | string {
  let at = 2;
  for (;;) {
    while (view.getUint8(at) !== 0xff) at++; // Pillow, too, skips stray bytes between segments
    while (view.getUint8(at) === 0xff) at++; // fill bytes
    const marker = view.getUint8(at++);
    if (isFrameHeader(marker)) break;
    const standalone = marker === 0 || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd9);
    if (!standalone) at += view.getUint16(at);
  }
  const bits = view.getUint8(at + 2);
  const components = view.getUint8(at + 7);
  const pillowMode = modes[components];
  if (bits !== 8 || !pillowMode) return `JPEG with ${components} components of ${bits} bits`;
  return { format: 'jpeg', width: view.getUint16(at + 5), height: view.getUint16(at + 3), pillowMode };
}

/** C0 to CF except DHT (C4), JPG (C8) and DAC (CC). */
function isFrameHeader(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}
