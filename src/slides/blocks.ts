import { getDecoder } from 'geotiff';
import { decodeJpeg2000 } from '../image/codecs/jpeg2000.ts';
import type { DecodedImage } from '../image/decoded-image.ts';
import type { ByteSource } from '../platform/files.ts';
import { UnreadableSlideError, UnsupportedSlideError } from './errors.ts';
import { jpegFile } from './jpeg-file.ts';
import type { StoredLevel } from './levels.ts';
import { unpackDeflate, unpackLzw, unpackZstd } from './unpack.ts';

/** Decodes the bytes of an image file, as the platform does. */
export type DecodeFile = (file: Uint8Array) => Promise<DecodedImage>;

/** Pixels of a block, row-major RGBA. */
export type Block = Uint8Array | Uint8ClampedArray;

/**
 * A block (a tile of the TIFF) of a level, opaque; white where the file leaves it out.
 * @param index of the block, row by row
 * @throws {UnreadableSlideError} @throws {UnsupportedSlideError} @throws {BiomedClipError} of the source
 */
export async function readBlock(
  file: ByteSource,
  level: StoredLevel,
  index: number,
  decodeFile: DecodeFile,
): Promise<Block> {
  const { blockWidth, blockHeight, samples, separate } = level;
  const pixels = blockWidth * blockHeight;
  const perPlane = level.offsets.length / (separate ? samples : 1);
  const stored = await Promise.all(
    Array.from({ length: separate ? samples : 1 }, (_, plane) =>
      storedBytes(file, level, index + plane * perPlane),
    ),
  );
  if (stored.some((bytes) => bytes.length === 0)) return new Uint8Array(4 * pixels).fill(255);
  try {
    const rgba = await decoded(stored, level, decodeFile, file.name);
    if (rgba.length !== 4 * pixels) throw new RangeError(`${rgba.length / 4} of ${pixels} pixels came`);
    return rgba;
  } catch (cause) {
    if (cause instanceof UnsupportedSlideError) throw cause;
    throw new UnreadableSlideError(
      file.name,
      `tile ${index} of its level ${level.width} pixels wide is damaged`,
      {
        cause,
      },
    );
  }
}

async function storedBytes(file: ByteSource, level: StoredLevel, index: number): Promise<Uint8Array> {
  const [offset = 0, length = 0] = [level.offsets[index], level.byteCounts[index]];
  if (offset + length <= file.size) return file.read(offset, length);
  throw new UnreadableSlideError(
    file.name,
    `it has ${file.size.toLocaleString('en')} bytes, and a tile ends at ${(offset + length).toLocaleString('en')}`,
  );
}

async function decoded(
  stored: readonly Uint8Array[],
  level: StoredLevel,
  decodeFile: DecodeFile,
  slide: string,
): Promise<Block> {
  const [bytes = new Uint8Array()] = stored;
  switch (level.compression) {
    case JPEG: {
      if (level.separate) throw new UnsupportedSlideError(slide, 'JPEG in separate planes');
      const colours = level.photometric === YCBCR ? 'ycbcr' : 'rgb';
      return sized(await decodeFile(jpegFile(level.jpegTables, bytes, colours)), level);
    }
    case WEBP:
      return sized(await decodeFile(bytes), level);
    case JPEG_2000_YCBCR:
    case JPEG_2000_RGB:
    case JPEG_2000:
      return jpeg2000(bytes, level);
    default:
      return samplesToRgba(await unpacked(stored, level, slide), level, slide);
  }
}

const [JPEG, WEBP, JPEG_2000_YCBCR, JPEG_2000_RGB, JPEG_2000, YCBCR] = [7, 50_001, 33_003, 33_005, 34_712, 6];

function sized({ width, height, data }: DecodedImage, { blockWidth, blockHeight }: StoredLevel): Block {
  if (width === blockWidth && height === blockHeight) return data;
  throw new RangeError(`${width} x ${height} of ${blockWidth} x ${blockHeight} pixels came`);
}

async function jpeg2000(bytes: Uint8Array, { compression, photometric }: StoredLevel): Promise<Block> {
  const { width, height, components, data } = await decodeJpeg2000(bytes);
  if (!(data instanceof Uint8Array)) throw new RangeError('components of 8 unsigned bits were expected');
  const rgba = interleave([data], components, width * height);
  const inYcbcr = compression === JPEG_2000_YCBCR || (compression === JPEG_2000 && photometric === YCBCR);
  return inYcbcr ? ycbcrToRgb(rgba) : rgba;
}

/** ITU-R BT.601 in full range, in the fixed-point numbers of libjpeg, which OpenSlide takes here too. */
function ycbcrToRgb(pixels: Uint8Array): Uint8ClampedArray {
  const rgba = new Uint8ClampedArray(pixels.length).fill(255);
  for (let i = 0; i < pixels.length; i += 4) {
    const [y = 0, cb = 0, cr = 0] = [pixels[i], (pixels[i + 1] ?? 0) - 128, (pixels[i + 2] ?? 0) - 128];
    rgba[i] = y + ((91_881 * cr + 32_768) >> 16);
    rgba[i + 1] = y + ((32_768 - 22_554 * cb - 46_802 * cr) >> 16);
    rgba[i + 2] = y + ((116_130 * cb + 32_768) >> 16);
  }
  return rgba;
}

const [PLAIN, LZW, DEFLATE, OLD_DEFLATE, PACK_BITS, ZSTD] = [1, 5, 8, 32_946, 32_773, 50_000];

const UNPACK: Readonly<
  Record<number, (packed: Uint8Array, length: number) => Uint8Array | Promise<Uint8Array>>
> = {
  [LZW]: unpackLzw,
  [DEFLATE]: unpackDeflate,
  [OLD_DEFLATE]: unpackDeflate,
  [ZSTD]: unpackZstd,
};

/** Each plane for itself: no further than a block's samples; PackBits and the predictor by geotiff. */
async function unpacked(
  stored: readonly Uint8Array[],
  level: StoredLevel,
  slide: string,
): Promise<Uint8Array[]> {
  const { blockWidth, blockHeight, samples, separate, compression } = level;
  if (![PLAIN, LZW, DEFLATE, OLD_DEFLATE, PACK_BITS, ZSTD].includes(compression)) {
    throw new UnsupportedSlideError(slide, `compression ${compression} of TIFF`);
  }
  const length = blockWidth * blockHeight * (separate ? 1 : samples);
  const unpack = UNPACK[compression];
  const decoder = await getDecoder(unpack ? PLAIN : compression, {
    tileWidth: blockWidth,
    tileHeight: blockHeight,
    predictor: level.predictor,
    bitsPerSample: Array<number>(samples).fill(8),
    planarConfiguration: separate ? 2 : 1,
  });
  return Promise.all(
    stored.map(async (bytes) => {
      const samples = new Uint8Array(unpack ? await unpack(bytes, length) : bytes);
      return new Uint8Array(await decoder.decode(samples.buffer));
    }),
  );
}

function samplesToRgba(planes: readonly Uint8Array[], level: StoredLevel, slide: string): Block {
  if (level.photometric === YCBCR) throw new UnsupportedSlideError(slide, 'YCbCr without JPEG');
  const rgba = interleave(planes, level.samples, level.blockWidth * level.blockHeight);
  if (level.photometric === 0)
    for (let i = 0; i < rgba.length; i++) if (i % 4 < 3) rgba[i] = 255 - (rgba[i] ?? 0);
  return rgba;
}

/** Grey or colours as opaque RGBA; a further sample, which would be alpha, is left out. */
function interleave(planes: readonly Uint8Array[], samples: number, pixels: number): Uint8Array {
  const separate = planes.length > 1;
  const [first = new Uint8Array()] = planes;
  if (planes.some((plane) => plane.length < pixels * (separate ? 1 : samples)))
    throw new RangeError('too few samples');
  const rgba = new Uint8Array(4 * pixels).fill(255);
  for (let c = 0; c < 3; c++) {
    const sample = samples < 3 ? 0 : c;
    const from = separate ? (planes[sample] ?? first) : first;
    for (let i = 0; i < pixels; i++) rgba[4 * i + c] = (separate ? from[i] : from[i * samples + sample]) ?? 0;
  }
  return rgba;
}
