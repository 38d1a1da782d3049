import { ImageNotFoundError, UnreadableImageError } from './errors.ts';
import { nameOf } from './source.ts';

/**
 * Fetches an image file.
 * @throws {ImageNotFoundError} for HTTP status 404 or 410
 * @throws {UnreadableImageError} for any other failure
 */
export async function fetchImageBytes(url: URL): Promise<Uint8Array> {
  const name = nameOf(url);
  let response: Response;
  try {
    response = await fetch(url);
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    const detail = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
    throw new UnreadableImageError(name, `fetching it failed (${String(detail)})`, { cause });
  }
  if (response.status === 404 || response.status === 410) throw new ImageNotFoundError(name);
  throw new UnreadableImageError(name, `the server answered ${response.status} ${response.statusText}`);
}
