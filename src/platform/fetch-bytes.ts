import { ImageFileSizeError, ImageNotFoundError, UnreadableImageError } from '../image/errors.ts';
import { checkFileSize, maxFileBytes } from '../image/limits.ts';
import { nameOf } from '../image/source.ts';
import { concatenateBytes } from './concatenate.ts';

/**
 * Fetches an image file.
 * @throws {ImageNotFoundError} for HTTP status 404 or 410
 * @throws {ImageFileSizeError} beyond `maxFileBytes`, of which no more is taken
 * @throws {UnreadableImageError} for any other failure
 */
export async function fetchImageBytes(url: URL): Promise<Uint8Array> {
  const name = nameOf(url);
  let response: Response;
  try {
    response = await fetch(url);
    if (response.ok) return await bodyOf(response, name);
  } catch (cause) {
    if (cause instanceof ImageFileSizeError) throw cause;
    const detail = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
    throw new UnreadableImageError(name, `fetching it failed (${String(detail)})`, { cause });
  }
  if (response.status === 404 || response.status === 410) throw new ImageNotFoundError(name);
  throw new UnreadableImageError(name, `the server answered ${response.status} ${response.statusText}`);
}

async function bodyOf(response: Response, name: string): Promise<Uint8Array> {
  checkFileSize(Number(response.headers.get('content-length')), name);
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (let reader = response.body?.getReader(); reader; ) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > maxFileBytes) await reader.cancel();
    checkFileSize(length, name);
    pieces.push(value);
  }
  return concatenateBytes(pieces);
}
