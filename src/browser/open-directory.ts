import { WEIGHTS_FILES } from '../../weights/checkpoint.ts';
import { CONFIG_FILE, HF_CONFIG_FILE } from '../../weights/config-text.ts';
import type { CheckpointSource, LoadOptions } from '../api.ts';
import { isJsonObject } from '../arguments.ts';
import { BiomedClipError, InvalidOptionError, throwIfAborted } from '../errors.ts';
import { type HubName, hubName } from '../hub/name.ts';
import { checkHubOptions, expectNoRevision } from '../hub/options.ts';
import { blobSource, fileReadError } from '../platform/blob-source.ts';
import { SeveralCheckpointsError, SeveralWeightsError } from '../platform/errors.ts';
import { type ByteSource, type FileDirectory, readText } from '../platform/files.ts';
import { isWeightsName, urlCheckpoint } from '../platform/url-checkpoint.ts';
import { openUrl } from '../platform/url-files.ts';
import { openCached } from './cache/open-cached.ts';
import { openPieces } from './cache/open-pieces.ts';
import { EMBEDDED_NAME, embeddedFile } from './embedded-model.ts';
import { openHubDirectory } from './open-hub-directory.ts';

const EXPECTED = 'a URL, a model’s name, a FileSystemDirectoryHandle, or the files of a checkpoint';

/** @throws {InvalidOptionError} for any other source, or no files at all */
export async function openDirectory(
  source: CheckpointSource | undefined,
  options: LoadOptions,
): Promise<FileDirectory> {
  if (typeof source === 'string' || source instanceof URL) {
    const hub = await hubNameIn(String(source), options);
    if (hub) return openHubDirectory(hub, options);
  }
  expectNoRevision(options);
  if (source === undefined) return openEmbedded(options);
  if (typeof source === 'string' || source instanceof URL) return openUrlDirectory(absolute(source), options);
  if (isDirectoryHandle(source)) return handleDirectory(source);
  const files = source instanceof File ? [source] : isIterable(source) ? [...source] : [];
  if (files.length === 0 || !files.every((file) => file instanceof File)) {
    throw new InvalidOptionError('source', EXPECTED, isIterable(source) ? files : source);
  }
  return filesDirectory(files);
}

/**
 * The model that a source names. `org/name` is a relative URL too, which goes first where it leads to a checkpoint: a
 * server may answer any URL with its start page. Undefined for the URL of a directory.
 */
async function hubNameIn(source: string, options: LoadOptions): Promise<HubName | undefined> {
  const { revision, hub } = options;
  checkHubOptions(hub);
  const name = hubName(source, { revision, endpoint: hub?.endpoint });
  if (!name?.bare || revision !== undefined || source.includes('@')) return name;
  if (isWeightsName(source)) return undefined;
  const directory = await openUrlDirectory(absolute(source), options);
  for (const file of [CONFIG_FILE, HF_CONFIG_FILE])
    if (await isJsonIn(directory, file, options)) return undefined;
  return name;
}

async function isJsonIn(directory: FileDirectory, file: string, { signal }: LoadOptions): Promise<boolean> {
  try {
    const text = await readText(directory, file);
    return text !== undefined && isJsonObject(JSON.parse(text));
  } catch (error) {
    throwIfAborted(signal);
    if (error instanceof BiomedClipError || error instanceof SyntaxError) return false;
    throw error;
  }
}

async function openUrlDirectory(url: URL, options: LoadOptions): Promise<FileDirectory> {
  return urlCheckpoint(url, await urlOpener(options));
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
async function urlOpener(options: LoadOptions): Promise<(url: string) => Promise<ByteSource | undefined>> {
  const { signal } = options;
  const pieces = await openPieces(options);
  return (url) => (pieces ? openCached(url, pieces, { signal }) : openUrl(url, { signal }));
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
 * the weights count; files without paths count as one directory. Weights of another name than usual may be the only ones.
 * @throws {SeveralCheckpointsError} for weights in more than one folder @throws {SeveralWeightsError}
 */
function filesDirectory(files: readonly File[]): FileDirectory {
  const usual = files.filter(({ name }) => WEIGHTS_FILES.includes(name));
  const others = usual.length > 0 ? [] : files.filter(({ name }) => isWeightsName(name));
  const folders = [...new Set([...usual, ...others].map(folderOf))];
  if (folders.length > 1) throw new SeveralCheckpointsError(folders);
  if (others.length > 1) throw new SeveralWeightsError(others.map(({ name }) => name));
  const folder = folders[0] ?? commonFolder(files);
  const inside = files.filter((file) => folderOf(file) === folder);
  const weights = others[0]?.name;
  const name = folder || weights || 'the files';
  return {
    name,
    weights,
    async open(file) {
      const found = inside.find((candidate) => candidate.name === file);
      return found && blobSource(`${name}/${file}`, found);
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
        return blobSource(name, await entry.getFile());
      } catch (cause) {
        if (cause instanceof DOMException && cause.name === 'NotFoundError') return undefined;
        throw fileReadError(name, cause); // a directory of that name, or no permission (any more)
      }
    },
  };
}
