import { constants, type FileHandle, open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { BiomedClipError, InvalidOptionError } from '../errors.ts';
import { ImageNotFoundError, UnreadableImageError } from '../image/errors.ts';
import { checkFileSize } from '../image/limits.ts';
import { type ImageSource, isImageReader, type PixelSource, readFromReader } from '../image/source.ts';
import { fetchImageBytes } from '../platform/fetch-bytes.ts';
import { systemCode } from './errors.ts';
import { fileStamp } from './file-stamp.ts';

/**
 * The bytes of an image file, wherever it lies; what a reader gives may be pixels.
 * @throws {ImageNotFoundError} if there is nothing of that name
 * @throws {UnreadableImageError} if it cannot be read or fetched
 * @throws {InvalidOptionError} for a value that is no image source in Node
 */
export async function readImageBytes(
  source: Uint8Array | ArrayBuffer | Blob | string | URL,
): Promise<Uint8Array>;
export async function readImageBytes(
  source: Exclude<ImageSource, PixelSource>,
): Promise<Uint8Array | PixelSource>;
export async function readImageBytes(
  source: Exclude<ImageSource, PixelSource>,
): Promise<Uint8Array | PixelSource> {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (source instanceof Blob) return new Uint8Array(await source.arrayBuffer());
  if (isImageReader(source)) return readFromReader(source);
  if (typeof source !== 'string' && !(source instanceof URL)) {
    throw new InvalidOptionError('image', 'a path, a URL, bytes, a Blob, a reader or RGBA pixels', source);
  }
  const path = localPath(source);
  if (path === undefined) return fetchImageBytes(new URL(source));
  return (await readImageFile(path)).bytes;
}

/** The path of a file, or undefined for a URL elsewhere. */
export function localPath(source: string | URL): string | undefined {
  const url = urlOf(source);
  if (url && url.protocol !== 'file:') return undefined;
  return url ? fileURLToPath(url) : String(source);
}

/** A URL, or undefined for a path; one letter before the colon is a drive, not a protocol. */
function urlOf(source: string | URL): URL | undefined {
  if (source instanceof URL) return source;
  return /^(https?|file|data|s3):/i.test(source) ? new URL(source) : undefined;
}

export interface FileAccess {
  /** The file's name in errors. Default: its path. */
  readonly name?: string;
  /** As of `open(2)`. Default: read. */
  readonly flags?: number;
  /** Looks at the file that was opened, before a byte of it is read. What it throws of this library is thrown. */
  readonly check?: (file: FileHandle) => Promise<void>;
}

/** A file's bytes, and its stamp unless it was changed while it was read. */
export async function readImageFile(
  path: string,
  { name = path, flags = constants.O_RDONLY, check }: FileAccess = {},
): Promise<{ readonly bytes: Uint8Array; readonly stamp?: string }> {
  try {
    const file = await open(path, flags);
    try {
      await check?.(file);
      const info = await file.stat({ bigint: true });
      checkFileSize(Number(info.size), name);
      const before = fileStamp(info);
      const bytes = await file.readFile();
      const after = fileStamp(await file.stat({ bigint: true }));
      return { bytes, stamp: before === after ? after : undefined };
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof BiomedClipError) throw cause;
    const code = systemCode(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new ImageNotFoundError(name, { cause });
    const reason = code === 'EISDIR' ? 'it is a directory' : code === 'EACCES' ? 'no permission' : code;
    throw new UnreadableImageError(name, reason, { cause });
  }
}
