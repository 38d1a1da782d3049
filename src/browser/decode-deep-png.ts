import type { DecodedImage } from '../image/decoded-image.ts';
import type { ImageHeader } from '../image/headers/image-header.ts';
import { windowGrey } from '../image/pixels.ts';
import { toRgba } from '../image/rgba.ts';
import type { WindowChoice } from '../image/source.ts';

/** Whether it is a PNG of 16 bits a channel. */
export function isDeepPng(bytes: Uint8Array, { format }: ImageHeader): boolean {
  return format === 'png' && bytes[24] === 16; // the depth, in IHDR
}

/** Grey goes through the window, every other channel keeps its high byte, as in Node. Throws for damaged files. */
export async function decodeDeepPng(
  bytes: Uint8Array,
  { pillowMode }: ImageHeader,
  window?: WindowChoice,
): Promise<DecodedImage> {
  const { decode } = await import('fast-png'); // loaded only by pages that meet such an image
  const { width, height, channels, data } = decode(bytes, { checkCrc: true });
  if (!(data instanceof Uint16Array)) throw new TypeError('16-bit samples were expected');
  if (pillowMode === 'I;16') return { width, height, ...windowGrey(data, window) };
  const mode = channels % 2 === 0 ? 'rgba' : 'rgb'; // an even number of channels has alpha
  return { width, height, mode, data: toRgba(data, channels, 8) };
}
