import { NoSuchFrameError, UnreadableImageError } from '../errors.ts';
import type { PixelFormat } from './pixel-format.ts';
import type { DicomFile } from './read-file.ts';
import { tag } from './tags.ts';

/** A fragment of encapsulated pixel data. `at` counts from the first fragment's item, as offset tables do. */
interface Fragment {
  readonly at: number;
  readonly bytes: Uint8Array;
}

const ITEM = 0xe000;
const UNDEFINED_LENGTH = 0xffff_ffff;

/**
 * The stored bytes of one frame, compressed or not.
 * @param frame counted from 1
 * @throws {NoSuchFrameError}
 * @throws {UnreadableImageError} for truncated pixel data, and for fragments that cannot be told apart as frames
 */
export function frameBytes(file: DicomFile, format: PixelFormat, frame: number): Uint8Array {
  if (frame > format.frames) throw new NoSuchFrameError(file.name, frame, format.frames);
  const { hadUndefinedLength } = file.attributes.element(tag.pixelData) ?? {};
  const encapsulated = file.syntax.encoding !== 'native';
  if (encapsulated !== Boolean(hadUndefinedLength)) {
    const found = encapsulated ? 'are not in fragments' : 'are in fragments';
    throw new UnreadableImageError(file.name, `its pixels ${found}, unlike ${file.syntax.name}`);
  }
  return encapsulated ? encapsulatedFrame(file, format, frame) : nativeFrame(file, format, frame);
}

/** Bits of a frame as it is stored; YBR_FULL_422 has two samples a pixel on average. */
function frameBits({ width, height, samples, photometric, bitsAllocated }: PixelFormat): number {
  const perPixel = photometric === 'YBR_FULL_422' ? 2 : samples;
  return width * height * perPixel * bitsAllocated;
}

/** 1-bit frames follow each other without padding, so one may begin within a byte: its bits are then moved to the start. */
function nativeFrame(file: DicomFile, format: PixelFormat, frame: number): Uint8Array {
  const element = file.attributes.element(tag.pixelData);
  const pixels = file.bytes.subarray(element?.dataOffset ?? 0).subarray(0, element?.length);
  const bits = frameBits(format);
  const expected = Math.ceil((bits * format.frames) / 8);
  if (pixels.length < expected) throw truncated(file.name, pixels.length, expected);
  const start = bits * (frame - 1);
  const whole = pixels.subarray(Math.floor(start / 8), Math.ceil((start + bits) / 8));
  const shift = start % 8;
  if (shift === 0) return whole;
  return whole.map((byte, i) => (byte >> shift) | ((whole[i + 1] ?? 0) << (8 - shift)));
}

function truncated(name: string, bytes: number, expected: number): UnreadableImageError {
  const counts = `${bytes.toLocaleString('en')} of ${expected.toLocaleString('en')} bytes`;
  return new UnreadableImageError(name, `its pixels are truncated: ${counts} are there`);
}

/** By the offset tables, else a fragment a frame, else by the fragments that a compressed image begins in (PS3.5, A.4). */
function encapsulatedFrame(file: DicomFile, format: PixelFormat, frame: number): Uint8Array {
  const [table, ...fragments] = readFragments(file, format);
  if (!table || fragments.length === 0)
    throw new UnreadableImageError(file.name, 'it has no fragment of pixels');
  if (format.frames === 1) return joined(fragments);
  const starts = frameStarts(file, format, table, fragments);
  const [from, to] = [starts[frame - 1] ?? 0, starts[frame] ?? Number.POSITIVE_INFINITY];
  const own = fragments.filter(({ at }) => at >= from && at < to);
  if (own.length === 0)
    throw new UnreadableImageError(file.name, `its offset table is wrong at frame ${frame}`);
  return joined(own);
}

/** Where each frame's first fragment begins. */
function frameStarts(
  file: DicomFile,
  { frames }: PixelFormat,
  table: Fragment,
  fragments: readonly Fragment[],
): number[] {
  const tables = [longs(file.attributes.bytes(tag.extendedOffsetTable)), words(table.bytes)];
  const own = tables.find((offsets) => offsets.length === frames);
  if (own) return own;
  if (fragments.length === frames) return fragments.map(({ at }) => at);
  const images = fragments.filter(({ bytes }) => beginsImage(bytes));
  if (images.length === frames) return images.map(({ at }) => at);
  const problem = `${fragments.length} fragments without an offset table cannot be told apart as ${frames} frames`;
  throw new UnreadableImageError(file.name, problem);
}

/** The first marker of a JPEG or JPEG-LS image, or of a JPEG 2000 codestream. */
function beginsImage([first, second, third]: Uint8Array): boolean {
  return first === 0xff && third === 0xff && (second === 0xd8 || second === 0x4f);
}

function words(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length >> 2 }, (_, i) => view.getUint32(4 * i, true));
}

function longs(bytes: Uint8Array = new Uint8Array()): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length >> 3 }, (_, i) => Number(view.getBigUint64(8 * i, true)));
}

/** The offset table's item first, then the fragments. The sequence's end may be missing behind the last one. */
function readFragments(file: DicomFile, format: PixelFormat): Fragment[] {
  const { bytes } = file;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fragments: Fragment[] = [];
  let at = file.attributes.element(tag.pixelData)?.dataOffset ?? bytes.length;
  let first = 0;
  while (
    at + 8 <= bytes.length &&
    view.getUint16(at, true) === 0xfffe &&
    view.getUint16(at + 2, true) === ITEM
  ) {
    const length = view.getUint32(at + 4, true);
    const start = at + 8;
    if (length === UNDEFINED_LENGTH || start + length > bytes.length) {
      throw truncated(file.name, bytes.length - start, length);
    }
    fragments.push({ at: at - first, bytes: bytes.subarray(start, start + length) });
    at = start + length;
    if (fragments.length === 1) first = at;
  }
  if (fragments.length - 1 < format.frames && at + 8 > bytes.length) {
    const problem = `its pixels are truncated: ${Math.max(0, fragments.length - 1)} of ${format.frames} frames are there`;
    throw new UnreadableImageError(file.name, problem);
  }
  return fragments;
}

function joined(fragments: readonly Fragment[]): Uint8Array {
  const [only, ...more] = fragments;
  if (only && more.length === 0) return only.bytes;
  const whole = new Uint8Array(fragments.reduce((sum, { bytes }) => sum + bytes.length, 0));
  let end = 0;
  for (const { bytes } of fragments) {
    whole.set(bytes, end);
    end += bytes.length;
  }
  return whole;
}
