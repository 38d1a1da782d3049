import { BiomedClipError, throwIfAborted } from '../errors.ts';
import { FileChangedError, FileReadError, HttpStatusError, RangeNotSupportedError } from './errors.ts';
import { type ByteSource, expectWithin, type FileDirectory } from './files.ts';

/** Files up to this size (configuration, tokenizer) are downloaded whole from a server without Range requests. */
const MAX_WHOLE_BYTES = 16 * 1024 * 1024;

export interface UrlDirectoryOptions {
  /** Ends requests under way, and every later read. */
  readonly signal?: AbortSignal;
  readonly fetch?: typeof fetch;
}

/** A file behind a URL. */
export interface UrlFile extends ByteSource {
  /** Changes when the file does: the ETag, else the date; undefined if the server sends neither. */
  readonly tag: string | undefined;
}

/**
 * A checkpoint directory behind an http(s) URL, as `https://huggingface.co/<model>/resolve/main/` is one. Files
 * are read with Range requests. In a browser the server must allow the page's origin, and expose either
 * `Content-Range` or `Content-Length`.
 */
export function urlDirectory(base: string | URL, options: UrlDirectoryOptions = {}): FileDirectory {
  const root = rootOf(base);
  return { name: root.href, open: (file) => openUrl(urlOf(root, file), options) };
}

/** The URL of a directory, with a trailing slash. */
export function rootOf(base: string | URL): URL {
  const root = new URL(base);
  if (!root.pathname.endsWith('/')) root.pathname += '/';
  return root;
}

/** The URL of a file in it, with the directory URL's query, which may hold a token. */
export function urlOf(root: URL, file: string): string {
  const path = file.split('/').map(encodeURIComponent).join('/'); // a name may have # or ?, or look like a scheme
  return new URL(`${path}${root.search}`, root).href;
}

/**
 * Opens a URL for reading in pieces; undefined where there is none (404 or 410).
 * @throws {HttpStatusError | RangeNotSupportedError | FileReadError | AbortedError}
 */
export async function openUrl(url: string, options: UrlDirectoryOptions = {}): Promise<UrlFile | undefined> {
  const response = await request(url, options, 'bytes=0-0');
  if (response.status === 404 || response.status === 410) {
    await response.body?.cancel();
    return undefined;
  }
  if (response.status === 200) return wholeSource(url, response);
  await response.body?.cancel();
  if (response.status !== 206 && response.status !== 416) throw new HttpStatusError(url, response.status);
  const size = sizeOf(response) ?? (await sizeByHead(url, options));
  if (response.status === 416 && size === 0) return memorySource(url, new Uint8Array(), tagOf(response));
  if (response.status !== 206) throw new HttpStatusError(url, response.status);
  return rangeSource(url, size, tagOf(response), options);
}

function rangeSource(
  url: string,
  size: number,
  tag: string | undefined,
  options: UrlDirectoryOptions,
): UrlFile {
  return {
    name: url,
    size,
    tag,
    async read(offset, length) {
      expectWithin({ name: url, size }, offset, length);
      if (length === 0) return new Uint8Array();
      const response = await request(url, options, `bytes=${offset}-${offset + length - 1}`);
      if (response.status !== 206) {
        await response.body?.cancel();
        throw response.status === 200
          ? new RangeNotSupportedError(url)
          : new HttpStatusError(url, response.status);
      }
      const now = tagOf(response);
      const bytes = await bodyOf(url, response, options.signal);
      if (now !== tag || bytes.length !== length) throw new FileChangedError(url);
      return bytes;
    },
    async close() {},
  };
}

/** The source for a server that ignores the Range header and sends the whole file. */
async function wholeSource(url: string, response: Response): Promise<UrlFile> {
  const unsaid = url.startsWith('data:') ? 0 : Number.POSITIVE_INFINITY; // a data: URL is already in memory
  const length = Number(response.headers.get('content-length') ?? unsaid);
  if (length > MAX_WHOLE_BYTES) {
    await response.body?.cancel();
    throw new RangeNotSupportedError(url);
  }
  return memorySource(url, await bodyOf(url, response, undefined), tagOf(response));
}

function memorySource(url: string, bytes: Uint8Array, tag: string | undefined): UrlFile {
  return {
    name: url,
    size: bytes.length,
    tag,
    async read(offset, length) {
      expectWithin({ name: url, size: bytes.length }, offset, length);
      return bytes.slice(offset, offset + length);
    },
    async close() {},
  };
}

function tagOf({ headers }: Response): string | undefined {
  return headers.get('etag') ?? headers.get('last-modified') ?? undefined;
}

/** The total in `Content-Range: bytes 0-0/total`, if CORS exposes it. */
function sizeOf(response: Response): number | undefined {
  const total = /\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1];
  return total === undefined ? undefined : Number(total);
}

async function sizeByHead(url: string, options: UrlDirectoryOptions): Promise<number> {
  const response = await request(url, options);
  const length = response.headers.get('content-length');
  if (!response.ok) throw new HttpStatusError(url, response.status);
  if (length === null) throw new FileReadError(url, 'the server does not say how large it is');
  return Number(length);
}

/** A GET of the range, or a HEAD without one. */
async function request(url: string, { signal, fetch: get = fetch }: UrlDirectoryOptions, range?: string) {
  try {
    return await get(url, range ? { headers: { range }, signal } : { method: 'HEAD', signal });
  } catch (cause) {
    throwIfAborted(signal);
    if (cause instanceof BiomedClipError) throw cause; // of the caller's own fetch
    throw new FileReadError(url, messageOf(cause), { cause });
  }
}

async function bodyOf(url: string, response: Response, signal: AbortSignal | undefined): Promise<Uint8Array> {
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    throwIfAborted(signal);
    throw new FileReadError(url, messageOf(cause), { cause });
  }
}

function messageOf(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  return inner instanceof Error ? inner.message : String(inner);
}
