import type { Decoder } from 'jpeg-lossless-decoder-js';
import { CodecError, CodecVariantError } from './codec-error.ts';
import type { CodecPixels } from './codec-pixels.ts';
import { readJpegFrame } from './jpeg-frame.ts';

/**
 * Decodes lossless JPEG (ITU-T T.81, process 14) by jpeg-lossless-decoder-js: 2 to 16 bits of grey, or three colours of up to
 * 8 bits, as they are stored.
 * @throws {CodecError} for damaged or truncated data, and for what the decoder would get wrong without a word: more
 *   components, deep colour, a point transform
 */
export async function decodeJpegLossless(bytes: Uint8Array): Promise<CodecPixels> {
  const { width, height, precision, components, process } = readJpegFrame(bytes);
  const count = components.length;
  if (process !== 3) throw new CodecError('the JPEG data is not lossless');
  if (precision > 16 || (count !== 1 && (count !== 3 || precision > 8))) {
    throw new CodecVariantError(`lossless JPEG of ${count} components of ${precision} bits`);
  }
  const { Decoder } = await import('jpeg-lossless-decoder-js');
  const data = decode(new Decoder(), bytes);
  if (data.length !== width * height * count) throw damaged();
  return { width, height, components: count, bitsPerSample: precision, signed: false, data };
}

/** Rows that are done, and rows that there are: the decoder has them, its declarations leave them out. */
interface Progress {
  readonly yLoc: number;
  readonly yDim: number;
}

/** The decoder reads zeros behind the data's end, so how far it read tells whether there was enough. */
function decode(decoder: Decoder, bytes: Uint8Array): Uint8Array | Uint16Array {
  const whole = new Uint8Array(bytes); // a copy, in a buffer of its own
  let data: Uint8Array | Uint16Array | null;
  try {
    data = decoder.decode(whole.buffer, 0, whole.length);
  } catch (cause) {
    throw damaged({ cause });
  }
  if (!data || (decoder.stream?.index ?? 0) > whole.length) throw damaged();
  const { yLoc, yDim } = decoder as Decoder & Progress;
  if (yLoc < yDim) throw damaged(); // a marker of the end came before the last row was full
  if (decoder.scan.al !== 0) throw new CodecVariantError('lossless JPEG with a point transform');
  return data;
}

const damaged = (options?: ErrorOptions) =>
  new CodecError('the lossless JPEG data is damaged or cut off', options);
