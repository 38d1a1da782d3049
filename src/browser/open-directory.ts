import { SAFETENSORS_FILE, TORCH_FILE } from '../../weights/checkpoint.ts';
import type { LoadOptions } from '../api.ts';
import { InvalidOptionError } from '../errors.ts';
import { SeveralCheckpointsError } from '../platform/errors.ts';
import type { ByteSource, FileDirectory } from '../platform/files.ts';
import { openUrl, rootOf, urlOf } from '../platform/url-files.ts';
import { warnOnConsole } from '../platform/warnings.ts';
import { NotCachedError } from './cache/errors.ts';
import { openCached } from './cache/open-cached.ts';
import { PieceCache } from './cache/piece-cache.ts';
import { openStore } from './cache/store.ts';
import { EMBEDDED_NAME, embeddedFile } from './embedded-model.ts';
import { fileReadError, fileSource } from './file-source.ts';

/**
 * Where a checkpoint directory lies: behind a URL; on disk as `showDirectoryPicker` or a drop gives it; or the files
 * themselves, as `<input type="file" webkitdirectory>`, `<input type="file" multiple>` or a drop gives them.
 */
export type CheckpointSource = string | URL | FileSystemDirectoryHandle | Iterable<File>;

const EXPECTED = 'a URL, a FileSystemDirectoryHandle, or the files of a checkpoint directory';

/** @throws {InvalidOptionError} for any other source, or no files at all */
export async function openDirectory(
  source: CheckpointSource | undefined,
  options: LoadOptions,
): Promise<FileDirectory> {
  if (source === undefined) return openEmbedded(options);
  if (typeof source === 'string' || source instanceof URL) return openUrlDirectory(absolute(source), options);
  if (isDirectoryHandle(source)) return handleDirectory(source);
  const files = isIterable(source) ? [...source] : [];
  if (files.length === 0 || !files.every((file) => file instanceof File)) {
    throw new InvalidOptionError('source', EXPECTED, isIterable(source) ? files : source);
  }
  return filesDirectory(files);
}

async function openUrlDirectory(url: URL, options: LoadOptions): Promise<FileDirectory> {
  const root = rootOf(url);
  const open = await urlOpener(options);
  return { name: root.href, open: (file) => open(urlOf(root, file)) };
}

/** The embedded model, wherever a bundler put its files; a small file may have become a data: URL. */
async function openEmbedded(options: LoadOptions): Promise<FileDirectory> {
  const open = await urlOpener(options);
  return {
    name: EMBEDDED_NAME,
    async open(file) {
      const url = embeddedFile(file);
      return url && (url.protocol === 'data:' ? openUrl(url.href) : open(url.href));
    },
  };
}

/** Opens URLs through the cache, unless it is switched off or unavailable. */
async function urlOpener({
  cache = true,
  signal,
  onWarning = warnOnConsole,
}: LoadOptions): Promise<(url: string) => Promise<ByteSource | undefined>> {
  const direct = (url: string) => openUrl(url, { signal });
  if (!cache) return direct;
  try {
    const pieces = new PieceCache(await openStore(), onWarning);
    return (url) => openCached(url, pieces, { signal });
  } catch (error) {
    if (!(error instanceof NotCachedError)) throw error;
    onWarning(error);
    return direct;
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

/**
 * The checkpoint among files that the user picked. A directory comes with everything below it, and only files beside
 * the weights count; files without paths count as one directory.
 * @throws {SeveralCheckpointsError} for weights in more than one folder
 */
function filesDirectory(files: readonly File[]): FileDirectory {
  const weights = files.filter(({ name }) => name === SAFETENSORS_FILE || name === TORCH_FILE);
  const folders = [...new Set(weights.map(folderOf))];
  if (folders.length > 1) throw new SeveralCheckpointsError(folders);
  const folder = folders[0] ?? commonFolder(files);
  const inside = files.filter((file) => folderOf(file) === folder);
  const name = folder || 'the files';
  return {
    name,
    async open(file) {
      const found = inside.find((candidate) => candidate.name === file);
      return found && fileSource(`${name}/${file}`, found);
    },
  };
}

/** The path before the file's name, as `webkitRelativePath` has it: empty for files that were picked one by one. */
function folderOf({ webkitRelativePath, name }: File): string {
  return webkitRelativePath.slice(0, -name.length - 1);
}

function commonFolder(files: readonly File[]): string {
  return files[0]?.webkitRelativePath.split('/')[0] ?? '';
}

/** A directory on disk that the user let the page read. */
function handleDirectory(handle: FileSystemDirectoryHandle): FileDirectory {
  return {
    name: handle.name,
    async open(file) {
      const name = `${handle.name}/${file}`;
      try {
        const entry = await handle.getFileHandle(file);
        return fileSource(name, await entry.getFile());
      } catch (cause) {
        if (cause instanceof DOMException && cause.name === 'NotFoundError') return undefined;
        throw fileReadError(name, cause); // a directory of that name, or no permission (any more)
      }
    },
  };
}
