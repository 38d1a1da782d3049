import type { DecodeOptions } from './decode-options.ts';
import type { DecodedImage } from './decoded-image.ts';
import { UnreadableImageError } from './errors.ts';
import { readImageHeader } from './header.ts';
import { type NetpbmLayout, NetpbmText, readNetpbmLayout } from './headers/netpbm.ts';
import { windowGrey } from './pixels.ts';
import { toRgba } from './rgba.ts';

/**
 * Decodes a PBM, PGM or PPM (P1 to P6) to the pixels that Pillow's `Image.open` gives: scaled by the file's own white, to 16
 * bits where grey has more than 8, which then go through the window.
 * @throws {UnreadableImageError} if it is cut off, or a number of its text is none or too large
 * @throws {ImageTooLargeError}
 */
export async function decodeNetpbm(
  bytes: Uint8Array,
  name: string,
  { window }: DecodeOptions = {},
): Promise<DecodedImage> {
  const { width, height, pillowMode } = readImageHeader(bytes, name);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const layout = readNetpbmLayout(view);
  const samples = scaled(samplesOf(view, layout, name), layout, pillowMode === 'I;16' ? 65_535 : 255);
  if (samples instanceof Uint16Array) return { width, height, ...windowGrey(samples, window) };
  const mode = pillowMode === '1' ? 'nearest' : 'rgb';
  return { width, height, mode, data: toRgba(samples, layout.kind % 3 === 0 ? 3 : 1, 0) };
}

/** As they are stored, 0 to `maxval`: `[height, width]`, of colour `[height, width, 3]`. */
function samplesOf(view: DataView, layout: NetpbmLayout, name: string): Uint16Array {
  try {
    if (layout.kind === 4) return packedBits(view, layout);
    return layout.kind > 4 ? binary(view, layout) : plain(view, layout);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const reason =
      layout.kind > 3 ? 'it is cut off' : `its text is cut off or no picture's (${cause.message})`;
    throw new UnreadableImageError(name, reason, { cause });
  }
}

const sampleCount = ({ kind, width, height }: NetpbmLayout) => width * height * (kind % 3 === 0 ? 3 : 1);

function plain(view: DataView, layout: NetpbmLayout): Uint16Array {
  const { kind, maxval, samplesAt } = layout;
  if (samplesAt + sampleCount(layout) > view.byteLength) throw new RangeError('too few characters');
  const text = new NetpbmText(view, samplesAt - 1);
  const samples = new Uint16Array(sampleCount(layout));
  for (let i = 0; i < samples.length; i++) {
    const sample = kind === 1 ? text.bit() : text.number();
    if (sample > maxval) throw new RangeError(`${sample} is above ${maxval}`);
    samples[i] = sample;
  }
  return samples;
}

/** Values above white are white, as in Pillow. */
function binary(view: DataView, layout: NetpbmLayout): Uint16Array {
  const { maxval, samplesAt } = layout;
  const bytes = maxval > 255 ? 2 : 1;
  if (samplesAt + bytes * sampleCount(layout) > view.byteLength) throw new RangeError('too few samples');
  const samples = new Uint16Array(sampleCount(layout));
  for (let i = 0; i < samples.length; i++) {
    const at = samplesAt + bytes * i;
    samples[i] = Math.min(maxval, bytes === 1 ? view.getUint8(at) : view.getUint16(at));
  }
  return samples;
}

/** Rows of bits, each filled up to whole bytes. */
function packedBits(view: DataView, { width, height, samplesAt }: NetpbmLayout): Uint16Array {
  const stride = Math.ceil(width / 8);
  if (samplesAt + stride * height > view.byteLength) throw new RangeError('too few bits');
  return Uint16Array.from({ length: width * height }, (_, i) => {
    const x = i % width;
    const byte = view.getUint8(samplesAt + stride * Math.floor(i / width) + (x >>> 3));
    return (byte >>> (7 - (x & 7))) & 1;
  });
}

/** Of 0 to `white`. Of bits, 1 is black. */
function scaled(samples: Uint16Array, { kind, maxval }: NetpbmLayout, white: 255 | 65_535) {
  const levels = Array.from({ length: maxval + 1 }, (_, v) => {
    return kind % 3 === 1 ? 255 * (1 - v) : roundHalfToEven((v / maxval) * white);
  });
  const to = white === 255 ? new Uint8Array(samples.length) : new Uint16Array(samples.length);
  for (let i = 0; i < samples.length; i++) to[i] = levels[samples[i] ?? 0] ?? 0;
  return to;
}

/** As Python's `round`. */
function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest === 0.5 ? floor + (floor % 2) : Math.round(value);
}
