import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { InvalidOptionError } from '../errors.ts';
import { ImageNotFoundError, UnreadableImageError } from '../image/errors.ts';
import { fetchImageBytes } from '../image/fetch-bytes.ts';
import type { ImageSource, PixelSource } from '../image/source.ts';

/**
 * The bytes of an image file, wherever it lies.
 * @throws {ImageNotFoundError} if there is nothing of that name
 * @throws {UnreadableImageError} if it cannot be read or fetched
 * @throws {InvalidOptionError} for a value that is no image source in Node
 */
export async function readImageBytes(source: Exclude<ImageSource, PixelSource>): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (source instanceof Blob) return new Uint8Array(await source.arrayBuffer());
  if (typeof source !== 'string' && !(source instanceof URL)) {
    throw new InvalidOptionError('image', 'a path, a URL, bytes, a Blob or RGBA pixels', source);
  }
  const url = urlOf(source);
  if (url && url.protocol !== 'file:') return fetchImageBytes(url);
  return readImageFile(url ? fileURLToPath(url) : String(source));
}

/** A URL, or undefined for a path; one letter before the colon is a drive, not a protocol. */
function urlOf(source: string | URL): URL | undefined {
  if (source instanceof URL) return source;
  return /^(https?|file|data):/i.test(source) ? new URL(source) : undefined;
}

async function readImageFile(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new ImageNotFoundError(path, { cause });
    const reason = code === 'EISDIR' ? 'it is a directory' : code === 'EACCES' ? 'no permission' : code;
    throw new UnreadableImageError(path, reason, { cause });
  }
}
