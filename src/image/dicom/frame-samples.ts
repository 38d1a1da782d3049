import { CodecError, CodecVariantError } from '../codecs/codec-error.ts';
import type { CodecPixels } from '../codecs/codec-pixels.ts';
import { readJpegFrame } from '../codecs/jpeg-frame.ts';
import { decodeRle } from '../codecs/rle.ts';
import { UnreadableImageError, UnsupportedDicomError } from '../errors.ts';
import { frameBytes } from './frame-bytes.ts';
import type { Photometric, PixelFormat } from './pixel-format.ts';
import type { DicomFile } from './read-file.ts';
import { meaningful, type StoredValues, storedValues } from './stored-values.ts';
import { tag } from './tags.ts';
import type { PixelEncoding } from './transfer-syntax.ts';

/** A frame's samples, decompressed, and how they lie: as the file says, but for what its codec has undone. */
export interface FrameSamples {
  readonly values: StoredValues;
  readonly format: PixelFormat;
}

/**
 * @param frame counted from 1
 * @throws {UnsupportedDicomError} for a transfer syntax, or a variant of its codec, that is not read
 * @throws {UnreadableImageError} for truncated or damaged pixels
 * @throws {NoSuchFrameError}
 */
export async function frameSamples(
  file: DicomFile,
  format: PixelFormat,
  frame: number,
): Promise<FrameSamples> {
  const { encoding, bytes } = storedFrame(file, format, frame);
  if (encoding === 'native') {
    const { bigEndian } = file.attributes;
    const words = file.attributes.element(tag.pixelData)?.vr === 'OW';
    return { values: storedValues(bytes, format, { bigEndian, words }, file.name), format };
  }
  if (format.bitsAllocated === 1)
    throw new UnsupportedDicomError(file.name, `1-bit pixels in ${file.syntax.name}`);
  try {
    return encoding === 'rle' ? fromRle(bytes, format, file.name) : await fromCodec(encoding, bytes, format);
  } catch (cause) {
    if (cause instanceof CodecVariantError) throw new UnsupportedDicomError(file.name, cause.variant);
    if (!(cause instanceof CodecError)) throw cause;
    throw new UnreadableImageError(file.name, cause.message, { cause });
  }
}

/** A frame as it is stored. @throws as `frameSamples`, but for what only decompressing finds */
export function storedFrame(
  file: DicomFile,
  format: PixelFormat,
  frame: number,
): { readonly encoding: PixelEncoding; readonly bytes: Uint8Array } {
  const { encoding, name } = file.syntax;
  if (!encoding) throw new UnsupportedDicomError(file.name, name);
  return { encoding, bytes: frameBytes(file, format, frame) };
}

/** RLE keeps planes, and knows no subsampling. */
function fromRle(bytes: Uint8Array, format: PixelFormat, name: string): FrameSamples {
  const { width, height, samples, bitsAllocated } = format;
  const planes = decodeRle(bytes, width * height, samples, bitsAllocated / 8);
  const own = { ...format, planar: true, photometric: withoutSubsampling(format.photometric) };
  return { values: storedValues(planes, own, { bigEndian: false, words: false }, name), format: own };
}

async function fromCodec(
  encoding: Compression,
  bytes: Uint8Array,
  format: PixelFormat,
): Promise<FrameSamples> {
  await expectSize(encoding, bytes, format); // before the codec takes memory for it
  const pixels = await decoders[encoding](bytes, format);
  const { samples } = format;
  const photometric = encoding === 'jpeg' && samples === 3 ? 'RGB' : withoutSubsampling(format.photometric);
  return { values: signedAs(format, pixels), format: { ...format, planar: false, photometric } };
}

/** @throws {CodecError} where the compressed image is of another size than the file says */
async function expectSize(encoding: Compression, bytes: Uint8Array, format: PixelFormat): Promise<void> {
  const image =
    encoding === 'jpeg-2000' ? (await import('../codecs/jpeg2000.ts')).layoutOf(bytes) : readJpegFrame(bytes);
  const came = `${image.width} x ${image.height} x ${image.components.length}`;
  const expected = `${format.width} x ${format.height} x ${format.samples}`;
  if (came !== expected) {
    throw new CodecError(`its compressed pixels are ${came}, its attributes say ${expected}`);
  }
}

type Compression = Exclude<PixelEncoding, 'native' | 'rle'>;

const decoders: Record<Compression, (bytes: Uint8Array, format: PixelFormat) => Promise<CodecPixels>> = {
  jpeg: async (bytes, { photometric }) =>
    (await import('../codecs/jpeg.ts')).decodeJpeg(bytes, { ycc: photometric !== 'RGB' }),
  'jpeg-lossless': async (bytes) => (await import('../codecs/jpeg-lossless.ts')).decodeJpegLossless(bytes),
  'jpeg-ls': async (bytes) => (await import('../codecs/jpeg-ls.ts')).decodeJpegLs(bytes),
  'jpeg-2000': async (bytes) => (await import('../codecs/jpeg2000.ts')).decodeJpeg2000(bytes),
};

/** Decompressed colours have three samples each, whatever stood in the codec's stream. */
function withoutSubsampling(photometric: Photometric): Photometric {
  return photometric === 'YBR_FULL_422' ? 'YBR_FULL' : photometric;
}

/**
 * Whether values are signed says the data set: JPEG and JPEG-LS do not know it, and JPEG 2000 may say otherwise. A codec's
 * value of fewer bits than are stored has its sign in its own highest one.
 */
function signedAs(format: PixelFormat, { data, bitsPerSample, signed }: CodecPixels): StoredValues {
  if (signed && format.signed) return data;
  const unsigned =
    data instanceof Int16Array ? new Uint16Array(data.buffer, data.byteOffset, data.length) : data;
  const bits = Math.min(format.bitsStored, bitsPerSample);
  const highBit = bitsPerSample > format.bitsStored ? Math.min(format.highBit, bitsPerSample - 1) : bits - 1;
  return meaningful(unsigned, {
    bitsAllocated: unsigned instanceof Uint8Array ? 8 : 16,
    bitsStored: bits,
    highBit,
    signed: format.signed,
  });
}
