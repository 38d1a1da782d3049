import { maxPixels } from '../limits.ts';
import { CodecError } from './codec-error.ts';
import type { CodecPixels } from './codec-pixels.ts';
import { onlyChannels } from './jpeg2000-channels.ts';
import { type Jpeg2000Component, type Jpeg2000Layout, readJpeg2000Layout } from './jpeg2000-layout.ts';
import type { OpenJpeg } from './openjpeg.ts';
import { KEPT_BYTES } from './wasm-codec.ts';

/**
 * Decodes a JPEG 2000 codestream or JP2 file (ITU-T T.800), lossless or lossy, and high-throughput codestreams too, by
 * OpenJPEG. Subsampled components are repeated to the size of the others; no colour space and no palette is applied.
 * @throws {CodecError} for damaged or truncated data, and for components of more than 16 bits or of several depths
 */
export async function decodeJpeg2000(bytes: Uint8Array): Promise<CodecPixels> {
  const layout = layoutOf(bytes);
  const { width, height, components } = layout;
  const { bits, signed } = expectReadable(layout);
  const decode = await decoder();
  const count = components.length;
  const samples = bits > 8 ? new Uint16Array(width * height * count) : new Uint8Array(width * height * count);
  for (const channels of channelGroups(layout, bits)) {
    const decoded = decode(onlyChannels(layout, channels), layout);
    spread(bits > 8 ? new Uint16Array(decoded.buffer) : decoded, layout, channels, samples);
  }
  const data = signed ? Int16Array.from(samples, (value) => value - 2 ** (bits - 1)) : samples;
  return { width, height, components: count, bitsPerSample: bits, signed, data };
}

/** What the header says. @throws {CodecError} if it is cut off */
export function layoutOf(bytes: Uint8Array): Jpeg2000Layout {
  try {
    return readJpeg2000Layout(bytes);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new CodecError('the JPEG 2000 data ends within its header', { cause });
  }
}

/** The first component, which all are like. */
function expectReadable({ width, height, components }: Jpeg2000Layout): Jpeg2000Component {
  const [first] = components;
  if (!first || width < 1 || height < 1) throw new CodecError('the JPEG 2000 image has no pixels');
  if (width * height > maxPixels) throw new CodecError(`the JPEG 2000 image has ${width} x ${height} pixels`);
  if (components.some(({ bits, signed }) => bits !== first.bits || signed !== first.signed)) {
    throw new CodecError('JPEG 2000 with components of several depths is not read');
  }
  if (components.some(({ subsampling }) => subsampling.includes(0))) {
    throw new CodecError('the JPEG 2000 image has components of no size');
  }
  if (first.bits > 16) throw new CodecError(`JPEG 2000 with ${first.bits} bits a sample is not read`);
  return first;
}

/** The codec hands out one component, or three of one size and up to 8 bits. */
function channelGroups({ components }: Jpeg2000Layout, bits: number): number[][] {
  const subsampled = components.some(({ subsampling: [x, y] }) => x > 1 || y > 1);
  if (bits > 8 || subsampled || components.length < 3) return components.map((_, c) => [c]);
  return [[0, 1, 2], ...components.slice(3).map((_, c) => [c + 3])];
}

type Samples = Uint8Array | Uint16Array;

/** Puts decoded rows of some channels, interleaved, in their places among all. */
function spread(
  from: Samples,
  { width, height, components, grid }: Jpeg2000Layout,
  channels: readonly number[],
  to: Samples,
): void {
  const [x0 = 1, y0 = 1] = components[channels[0] ?? 0]?.subsampling ?? [];
  const stride = Math.ceil(grid.right / x0) - Math.ceil(grid.left / x0);
  const rows = Math.ceil(grid.bottom / y0) - Math.ceil(grid.top / y0);
  for (let y = 0; y < height; y++) {
    const row = Math.min(rows - 1, Math.floor(y / y0)) * stride;
    for (let x = 0; x < width; x++) {
      const at = channels.length * (row + Math.min(stride - 1, Math.floor(x / x0)));
      const pixel = (y * width + x) * components.length;
      for (let c = 0; c < channels.length; c++) to[pixel + (channels[c] ?? 0)] = from[at + c] ?? 0;
    }
  }
}

type Decode = (file: Uint8Array, layout: Jpeg2000Layout) => Uint8Array;

/** The codec, loaded at the first image and again after a failure, which may leave its memory in any state. */
let loaded: Promise<{ readonly codec: OpenJpeg; readonly said: string[] }> | undefined;

async function decoder(): Promise<Decode> {
  loaded ??= import('./openjpeg.ts').then(async ({ loadOpenJpeg }) => {
    const said: string[] = [];
    return { codec: await loadOpenJpeg((line) => said.push(line)), said };
  });
  const { codec, said } = await loaded;
  return (file, layout) => {
    said.length = 0;
    try {
      return decodeBy(codec, file, layout);
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

/** Bytes or 16-bit values, row after row of the component's own width. More than its pixels may come: the codec copies as many
 * as the image has, and reads past the end of a smaller component. */
function decodeBy(
  { J2KDecoder }: OpenJpeg,
  file: Uint8Array,
  { width, height, components }: Jpeg2000Layout,
): Uint8Array {
  const decoder = new J2KDecoder();
  if (components.some(({ subsampling: [x, y] }) => x > 1 || y > 1)) {
    decoder.getEncodedBuffer(16 * width * height); // so much memory that this ends within it
  }
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
