import type { ImageHeader } from './image-header.ts';

/** The first chunk tells the kind (RFC 9649): extended (`VP8X`), lossless (`VP8L`), or lossy without alpha (`VP8 `). */
export function readWebpHeader(view: DataView): ImageHeader | string {
  const kind = String.fromCharCode(...[12, 13, 14, 15].map((at) => view.getUint8(at)));
  if (kind === 'VP8X') {
    const alpha = (view.getUint8(20) & 0x10) !== 0;
    return webp(1 + uint24(view, 24), 1 + uint24(view, 27), alpha);
  }
  if (kind === 'VP8L') {
    const bits = view.getUint32(21, true); // 14 bits width - 1, 14 bits height - 1, 1 bit alpha
    return webp(1 + (bits & 0x3fff), 1 + ((bits >>> 14) & 0x3fff), ((bits >>> 28) & 1) === 1);
  }
  if (kind === 'VP8 ')
    return webp(view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff, false);
  return `WebP starting with a ${JSON.stringify(kind)} chunk`;
}

function webp(width: number, height: number, alpha: boolean): ImageHeader {
  return { format: 'webp', width, height, pillowMode: alpha ? 'RGBA' : 'RGB' };
}

/** How many frames an animation has (chunks `ANMF`), else 1. */
export function countWebpFrames(view: DataView): number {
  let frames = 0;
  for (let at = 12; at + 8 <= view.byteLength; ) {
    if (String.fromCharCode(...[0, 1, 2, 3].map((byte) => view.getUint8(at + byte))) === 'ANMF') frames++;
    const bytes = view.getUint32(at + 4, true);
    at += 8 + bytes + (bytes % 2);
  }
  return Math.max(1, frames);
}

function uint24(view: DataView, at: number): number {
  return view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
}
