import { throwIfAborted } from '../../errors.ts';
import { FileChangedError, FileReadError, HttpStatusError } from '../../platform/errors.ts';
import type { ByteSource } from '../../platform/files.ts';
import { openUrl, type UrlDirectoryOptions, type UrlFile } from '../../platform/url-files.ts';
import { CacheEntry, type FileVersion } from './cache-entry.ts';
import { CachedFile } from './cached-file.ts';
import type { PieceCache } from './piece-cache.ts';

export interface OpenCachedOptions extends Pick<UrlDirectoryOptions, 'signal'> {
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
function openFresh(url: string, { signal }: OpenCachedOptions): Promise<UrlFile | undefined> {
  return openUrl(url, { signal, fetch: (input, init) => fetch(input, { ...init, cache: 'no-store' }) });
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
