import { maxPixels } from '../limits.ts';
import { CodecError } from './codec-error.ts';
import { onlyChannels } from './jpeg2000-channels.ts';
import { type Jpeg2000Component, type Jpeg2000Layout, readJpeg2000Layout } from './jpeg2000-layout.ts';
import type { OpenJpeg } from './openjpeg.ts';

/** Pixels of a JPEG 2000 image as its components have them: no colour space and no palette is applied. */
export interface Jpeg2000Pixels {
  readonly width: number;
  readonly height: number;
  /** Components a pixel. */
  readonly components: number;
  /** Of the first component, 1 to 16. */
  readonly bitsPerSample: number;
  readonly signed: boolean;
  /** `[height, width, components]`: bytes for up to 8 unsigned bits, else 16-bit values. */
  readonly data: Uint8Array | Uint16Array | Int16Array;
}

/** Beyond it the codec's memory, which never shrinks, is given back after an image. */
const KEPT_BYTES = 2 ** 28;

/**
 * Decodes a JPEG 2000 codestream or JP2 file (ITU-T T.800), lossless or lossy, and high-throughput codestreams too, by
 * OpenJPEG.
 * @throws {CodecError} for damaged or truncated data, and for components of more than 16 bits, of several depths, or
 *   subsampled
 */
export async function decodeJpeg2000(bytes: Uint8Array): Promise<Jpeg2000Pixels> {
  const layout = layoutOf(bytes);
  const { width, height, components } = layout;
  const first = expectSame(layout);
  const { bits, signed } = first;
  const decode = await decoder();
  const data = interleaved(layout, first, (channels) =>
    decode(onlyChannels(layout, channels), width, height),
  );
  return { width, height, components: components.length, bitsPerSample: bits, signed, data };
}

function layoutOf(bytes: Uint8Array): Jpeg2000Layout {
  try {
    return readJpeg2000Layout(bytes);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new CodecError('the JPEG 2000 data ends within its header', { cause });
  }
}

/** The first component, which all are like. */
function expectSame({ width, height, components, offset }: Jpeg2000Layout): Jpeg2000Component {
  const [first] = components;
  if (!first || width < 1 || height < 1) throw new CodecError('the JPEG 2000 image has no pixels');
  if (width * height > maxPixels) throw new CodecError(`the JPEG 2000 image has ${width} x ${height} pixels`);
  const same = components.every(
    ({ bits, signed, subsampling }) =>
      bits === first.bits && signed === first.signed && subsampling.every((step) => step === 1),
  );
  if (!same) throw new CodecError('JPEG 2000 with components of several sizes or depths is not read');
  if (first.bits > 16) throw new CodecError(`JPEG 2000 with ${first.bits} bits a sample is not read`);
  if (offset.some((start) => start !== 0))
    throw new CodecError('JPEG 2000 that begins off its grid is not read');
  return first;
}

type Samples = Uint8Array | Uint16Array;

/** The codec hands out one component, or three of up to 8 bits: others are fetched one by one. */
function interleaved(
  { width, height, components }: Jpeg2000Layout,
  { bits, signed }: Jpeg2000Component,
  decode: (channels: readonly number[]) => Uint8Array,
): Jpeg2000Pixels['data'] {
  const count = components.length;
  const samples = bits > 8 ? new Uint16Array(width * height * count) : new Uint8Array(width * height * count);
  for (let c = 0; c < count; ) {
    const channels = bits <= 8 && count - c >= 3 ? [c, c + 1, c + 2] : [c];
    const bytes = decode(channels);
    const decoded = bits > 8 ? new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2) : bytes;
    spread(decoded, channels.length, samples, c, count);
    c += channels.length;
  }
  return signed ? Int16Array.from(samples, (value) => value - 2 ** (bits - 1)) : samples;
}

/** Puts rows of `width` channels at channel `at` of rows of `count`. */
function spread(from: Samples, width: number, to: Samples, at: number, count: number): void {
  if (width === count) {
    to.set(from);
    return;
  }
  for (let i = 0; i * count < to.length; i++) {
    for (let c = 0; c < width; c++) to[i * count + at + c] = from[i * width + c] ?? 0;
  }
}

type Decode = (file: Uint8Array, width: number, height: number) => Uint8Array;

/** The codec, loaded at the first image and again after a failure, which may leave its memory in any state. */
let loaded: Promise<{ readonly codec: OpenJpeg; readonly said: string[] }> | undefined;

async function decoder(): Promise<Decode> {
  loaded ??= import('./openjpeg.ts').then(async ({ loadOpenJpeg }) => {
    const said: string[] = [];
    return { codec: await loadOpenJpeg((line) => said.push(line)), said };
  });
  const { codec, said } = await loaded;
  return (file, width, height) => {
    said.length = 0;
    try {
      return decodeBy(codec, file, width, height);
    } catch (cause) {
      loaded = undefined;
      const reason = said.find((line) => line.startsWith('[ERROR]'))?.slice('[ERROR] '.length);
      throw new CodecError(`the JPEG 2000 data is damaged or cut off${reason ? ` (${reason.trim()})` : ''}`, {
        cause,
      });
    } finally {
      if (codec.HEAPU8.length > KEPT_BYTES) loaded = undefined;
    }
  };
}

function decodeBy({ J2KDecoder }: OpenJpeg, file: Uint8Array, width: number, height: number): Uint8Array {
  const decoder = new J2KDecoder();
  decoder.getEncodedBuffer(file.length).set(file);
  decoder.decode();
  const frame = decoder.getFrameInfo();
  if (frame.width !== width || frame.height !== height) {
    throw new CodecError(`${frame.width} x ${frame.height} of ${width} x ${height} pixels came`);
  }
  const { buffer } = decoder.getDecodedBuffer();
  decoder.delete();
  return new Uint8Array(buffer);
}
