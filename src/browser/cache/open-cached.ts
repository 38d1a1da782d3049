import { throwIfAborted } from '../../errors.ts';
import { FileChangedError, FileReadError, HttpStatusError } from '../../platform/errors.ts';
import type { ByteSource } from '../../platform/files.ts';
import { openUrl, type UrlDirectoryOptions, type UrlFile } from '../../platform/url-files.ts';
import { CacheEntry, type FileVersion } from './cache-entry.ts';
import { CachedFile } from './cached-file.ts';
import type { PieceCache } from './piece-cache.ts';

export interface OpenCachedOptions extends UrlDirectoryOptions {
  /** Bytes of a piece: enough to keep requests few, few enough that an interrupted one costs little. */
  readonly pieceBytes?: number;
}

const PIECE_BYTES = 8 * 1024 * 1024;

/**
 * Opens a file behind a URL and caches every piece that is read; undefined if there is no such file. The server is
 * asked for the version, and pieces of another version are not used. If it cannot be reached, its last known version is
 * taken.
 */
export async function openCached(
  url: string,
  cache: PieceCache,
  options: OpenCachedOptions = {},
): Promise<ByteSource | undefined> {
  const entry = await CacheEntry.of(url, cache);
  let remote: UrlFile | undefined;
  try {
    remote = await openFresh(url, options);
  } catch (error) {
    throwIfAborted(options.signal);
    const known = isUnreachable(error) ? await entry.version() : undefined;
    if (!known) throw error;
    return known.missing ? undefined : openOffline(url, entry, known, options);
  }
  return openOnline(remote, entry, options);
}

/** Bypasses the browser's HTTP cache, which could answer with an old version and would keep the weights twice. */
function openFresh(url: string, options: OpenCachedOptions): Promise<UrlFile | undefined> {
  const { signal, fetch: get = fetch } = options;
  return openUrl(url, { signal, fetch: (input, init) => get(input, { ...init, cache: 'no-store' }) });
}

/** A file whose size and hash are known, so that the server need not be asked for its version. */
export interface KnownFile {
  readonly url: string;
  /** Bytes. */
  readonly size: number;
  readonly hash: string;
}

/** Opens a known file, of which only pieces that are not cached are downloaded. @param key names it in the cache */
export async function openKnown(
  { url, size, hash }: KnownFile,
  key: string,
  cache: PieceCache,
  options: OpenCachedOptions = {},
): Promise<ByteSource> {
  const entry = await CacheEntry.of(key, cache);
  const version = { missing: false, size, tag: hash, pieceBytes: options.pieceBytes ?? PIECE_BYTES } as const;
  await entry.setVersion(version);
  let remote: Promise<ByteSource> | undefined;
  return new CachedFile(url, size, await entry.pieces(version), () => {
    remote ??= openOfSize(url, size, options);
    remote.catch(() => {
      remote = undefined; // the next piece asks again
    });
    return remote;
  });
}

/** Removes all pieces of a file. */
export async function forget(key: string, cache: PieceCache): Promise<void> {
  await (await CacheEntry.of(key, cache)).setVersion({ missing: true });
}

async function openOfSize(url: string, size: number, options: OpenCachedOptions): Promise<ByteSource> {
  const remote = await openFresh(url, options);
  if (remote?.size !== size) throw new FileChangedError(url);
  return remote;
}

async function openOnline(
  remote: UrlFile | undefined,
  entry: CacheEntry,
  { pieceBytes = PIECE_BYTES }: OpenCachedOptions,
): Promise<ByteSource | undefined> {
  if (!remote) {
    await entry.setVersion({ missing: true });
    return undefined;
  }
  const { name, size, tag } = remote;
  if (tag === undefined) {
    entry.cache.warn('the server says neither by ETag nor by Last-Modified which version a file has');
    return remote;
  }
  const version = { missing: false, size, tag, pieceBytes } as const;
  await entry.setVersion(version);
  return new CachedFile(name, size, await entry.pieces(version), async () => remote);
}

/** A missing piece is requested even when offline: the server may be back. */
async function openOffline(
  url: string,
  entry: CacheEntry,
  version: FileVersion,
  options: OpenCachedOptions,
): Promise<ByteSource> {
  return new CachedFile(url, version.size, await entry.pieces(version), async () => {
    const remote = await openFresh(url, options);
    if (remote?.tag === version.tag && remote.size === version.size) return remote;
    throw new FileChangedError(url);
  });
}

function isUnreachable(error: unknown): boolean {
  return error instanceof FileReadError || (error instanceof HttpStatusError && error.status >= 500);
}
