import { CodecError } from './codecs/codec-error.ts';
import type { CodecPixels } from './codecs/codec-pixels.ts';
import { decodeJpeg2000 } from './codecs/jpeg2000.ts';
import { type Jpeg2000Layout, readJpeg2000Layout } from './codecs/jpeg2000-layout.ts';
import type { DecodeOptions } from './decode-options.ts';
import type { DecodedImage } from './decoded-image.ts';
import { UnreadableImageError } from './errors.ts';
import { readImageHeader } from './header.ts';
import { windowGrey } from './pixels.ts';
import { toRgba } from './rgba.ts';

/** Enumerated colour space sYCC (ITU-T T.800, table I.10). */
const SYCC = 18;

/**
 * Decodes a JPEG 2000 picture (JP2 or a bare codestream) to the pixels that Pillow's `Image.open` gives: grey of 9 to 16 bits
 * scaled to 16, which then go through the window, all else rounded to 8. sYCC becomes RGB where the file names it, or where
 * colour is subsampled. Where Pillow's rounding overflows (16-bit colour from 65,408 on becomes black), this stays white.
 * @throws {UnreadableImageError} if it is damaged or cut off
 * @throws {UnsupportedImageError} for palettes, CMYK, and more than 16 bits or 4 components
 * @throws {ImageTooLargeError}
 */
export async function decodeJpeg2000Image(
  bytes: Uint8Array,
  name: string,
  { window }: DecodeOptions = {},
): Promise<DecodedImage> {
  const { width, height, pillowMode } = readImageHeader(bytes, name);
  const pixels = await decodeJpeg2000(bytes).catch((cause: unknown) => {
    if (!(cause instanceof CodecError)) throw cause;
    throw new UnreadableImageError(name, cause.message, { cause });
  });
  if (pillowMode === 'I;16') return { width, height, ...windowGrey(to16Bits(pixels), window) };
  const samples = to8Bits(pixels);
  if (isYcc(readJpeg2000Layout(bytes))) yccToRgb(samples, pixels.components);
  return {
    width,
    height,
    mode: pixels.components % 2 === 0 ? 'rgba' : 'rgb',
    data: toRgba(samples, pixels.components, 0),
  };
}

/** Signed values start at 0 then, as in Pillow. */
const unsignedBy = ({ signed, bitsPerSample }: CodecPixels) => (signed ? 2 ** (bitsPerSample - 1) : 0);

function to16Bits(pixels: CodecPixels): Uint16Array {
  const offset = unsignedBy(pixels);
  const scale = 2 ** (16 - pixels.bitsPerSample);
  return Uint16Array.from(pixels.data, (value) => (value + offset) * scale);
}

function to8Bits(pixels: CodecPixels): Uint8Array {
  const offset = unsignedBy(pixels);
  const scale = 2 ** (8 - pixels.bitsPerSample);
  return Uint8Array.from(pixels.data, (value) =>
    Math.min(255, Math.floor((value + offset) * scale + (scale < 1 ? 0.5 : 0))),
  );
}

function isYcc({ colour, components }: Jpeg2000Layout): boolean {
  if (components.length < 3) return false;
  return colour?.space === SYCC || components.some(({ subsampling: [x, y] }) => x > 1 || y > 1);
}

/** In place, by the fixed-point arithmetic of Pillow's conversion of YCbCr: 6 bits after the point. */
function yccToRgb(samples: Uint8Array, channels: number): void {
  const table = (factor: number) =>
    Int32Array.from({ length: 256 }, (_, v) => Math.trunc(64 * factor * (v - 128) + 0.5));
  const [redOfCr, greenOfCb, greenOfCr, blueOfCb] = [1.402, -0.34414, -0.71414, 1.772].map(table);
  const clamp = (value: number) => Math.min(255, Math.max(0, value));
  for (let i = 0; i < samples.length; i += channels) {
    const [y = 0, cb = 0, cr = 0] = samples.subarray(i, i + 3);
    samples[i] = clamp(y + ((redOfCr?.[cr] ?? 0) >> 6));
    samples[i + 1] = clamp(y + (((greenOfCb?.[cb] ?? 0) + (greenOfCr?.[cr] ?? 0)) >> 6));
    samples[i + 2] = clamp(y + ((blueOfCb?.[cb] ?? 0) >> 6));
  }
}
