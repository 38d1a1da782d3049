import { isObject } from '../arguments.ts';
import { InvalidOptionError } from '../errors.ts';

/**
 * What `embedBatch` takes as an image: a path (Node) or URL (`http:`, `https:`, `file:`, `data:`), the bytes of an
 * image file, a reader that is called shortly before its batch, or decoded pixels (RGBA, not premultiplied).
 */
export type ImageSource =
  | string
  | URL
  | Uint8Array
  | ArrayBuffer
  | Blob
  | ImageReader
  | ImageBitmap
  | PixelSource;

/** An image file from wherever the caller has it, an archive or a store. It is read once, shortly before its batch. */
export interface ImageReader {
  /** Its name in error messages. */
  readonly name: string;
  /** The bytes of the image file, or its pixels. */
  read(): Promise<Uint8Array | PixelSource>;
}

/** `ImageData` or a similar object: row-major RGBA `[height, width, 4]`. */
export interface PixelSource {
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
  /** Bytes, four a pixel: red, green, blue and alpha, not premultiplied. */
  readonly data: Uint8Array | Uint8ClampedArray;
}

/**
 * Maps 16-bit grey values to bytes before anything else: `low` and below to 0, `high` and above to 255, and
 * floor((v - low) * 255 / (high - low) + 0.5) between them. The default is 0 to 65,535, that is v / 257 rounded.
 * Pillow clips at 255 instead, which turns an X-ray white.
 */
export interface ImageWindow {
  /** Shown black, as everything below it. Of 0 to 65,535. */
  readonly low: number;
  /** Shown white, as everything above it. Of 0 to 65,535. */
  readonly high: number;
}

/**
 * `auto`: by the values of the image itself. Of 16-bit pictures (PNG, TIFF, PGM, JPEG 2000) from 0 to the smallest of 255, 1,023,
 * 4,095 and 16,383 that no value exceeds, since such files hold 8, 10, 12 or 14 bits; where the greatest value is above
 * 16,383, from the least to the greatest, so that a CT stored with an offset of 32,768 keeps its contrast. Of DICOM files and
 * volumes from the least to the greatest value. `dicom`: the window that a DICOM file has; other images take their default.
 */
export type WindowChoice = ImageWindow | 'auto' | 'dicom';

/** A source's name in error messages: its path or URL, or its kind. */
export function nameOf(source: ImageSource): string {
  if (source instanceof URL) source = source.href;
  if (typeof source === 'string') return source.startsWith('data:') ? 'data: URL' : source;
  if (source instanceof Blob) {
    return 'name' in source ? String(source.name) : `Blob of ${source.size} bytes`;
  }
  if (isImageReader(source)) return source.name;
  if (source instanceof ArrayBuffer || source instanceof Uint8Array) return `${source.byteLength} bytes`;
  return `pixels ${source.width} x ${source.height}`;
}

export function isImageReader(source: ImageSource): source is ImageReader {
  return (
    typeof source === 'object' &&
    source !== null &&
    'name' in source &&
    typeof source.name === 'string' &&
    'read' in source &&
    typeof source.read === 'function'
  );
}

/** @throws {InvalidOptionError} if it gives neither bytes nor pixels, and what `read` itself throws */
export async function readFromReader(reader: ImageReader): Promise<Uint8Array | PixelSource> {
  const read: unknown = await reader.read();
  if (read instanceof Uint8Array || isPixelSource(read)) return read;
  throw new InvalidOptionError(
    `what read() of ${reader.name} resolves to`,
    'a Uint8Array, or pixels { width, height, data }',
    read,
  );
}

/** Whether the source is decoded pixels. */
export function isPixelSource(source: unknown): source is PixelSource {
  return (
    typeof source === 'object' &&
    source !== null &&
    'data' in source &&
    'width' in source &&
    'height' in source
  );
}

/** @throws {InvalidOptionError} unless `auto` or `dicom`, or low < high and both are finite */
export function checkWindow(window: WindowChoice): void {
  if (window === 'auto' || window === 'dicom') return;
  if (!isObject(window)) throw new InvalidOptionError('window', "'auto', 'dicom' or { low, high }", window);
  const { low, high } = window;
  if (!(Number.isFinite(low) && Number.isFinite(high) && low < high)) {
    throw new InvalidOptionError('window', 'finite with low < high', `{ low: ${low}, high: ${high} }`);
  }
}
