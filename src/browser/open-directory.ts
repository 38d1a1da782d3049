import type { LoadOptions } from '../api.ts';
import { InvalidOptionError } from '../errors.ts';
import type { FileDirectory } from '../files.ts';
import { urlDirectory } from '../url-files.ts';
import { warnOnConsole } from '../warnings.ts';
import { cachedDirectory } from './cache/cached-directory.ts';
import { NotCachedError } from './cache/errors.ts';
import { PieceCache } from './cache/piece-cache.ts';
import { openStore } from './cache/store.ts';
import { filesDirectory } from './files-directory.ts';
import { handleDirectory } from './handle-directory.ts';

/**
 * Where a checkpoint directory lies: behind a URL; on disk as `showDirectoryPicker` or a drop gives it; or the files
 * themselves, as `<input type="file" webkitdirectory>`, `<input type="file" multiple>` or a drop gives them.
 */
export type CheckpointSource = string | URL | FileSystemDirectoryHandle | Iterable<File>;

const EXPECTED = 'a URL, a FileSystemDirectoryHandle, or the files of a checkpoint directory';

/** @throws {InvalidOptionError} for any other source, or no files at all */
export async function openDirectory(source: CheckpointSource, options: LoadOptions): Promise<FileDirectory> {
  if (typeof source === 'string' || source instanceof URL) return openUrlDirectory(absolute(source), options);
  if (isDirectoryHandle(source)) return handleDirectory(source);
  const files = isIterable(source) ? [...source] : [];
  if (files.length === 0 || !files.every((file) => file instanceof File)) {
    throw new InvalidOptionError('source', EXPECTED, isIterable(source) ? files : source);
  }
  return filesDirectory(files);
}

async function openUrlDirectory(
  url: URL,
  { cache = true, signal, onWarning = warnOnConsole }: LoadOptions,
): Promise<FileDirectory> {
  if (typeof cache !== 'boolean') throw new InvalidOptionError('cache', 'true or false', cache);
  if (!cache) return urlDirectory(url, { signal });
  try {
    const store = await openStore();
    const pieces = new PieceCache(store, onWarning);
    return cachedDirectory(url, pieces, { signal });
  } catch (error) {
    if (!(error instanceof NotCachedError)) throw error;
    onWarning(error);
    return urlDirectory(url, { signal });
  }
}

/** Relative to the page or the worker. */
function absolute(source: string | URL): URL {
  const base = globalThis.location?.href;
  if (!URL.canParse(String(source), base)) throw new InvalidOptionError('source', EXPECTED, source);
  return new URL(source, base);
}

function isDirectoryHandle(source: unknown): source is FileSystemDirectoryHandle {
  return typeof source === 'object' && source !== null && 'kind' in source && source.kind === 'directory';
}

function isIterable(source: unknown): source is Iterable<File> {
  return typeof source === 'object' && source !== null && Symbol.iterator in source;
}
