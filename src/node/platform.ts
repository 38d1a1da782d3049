import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { CheckpointSource, LoadOptions } from '../api.ts';
import { InvalidOptionError } from '../errors.ts';
import { type HubName, hubName } from '../hub/name.ts';
import { checkHubOptions, expectNoRevision } from '../hub/options.ts';
import { FileReadError } from '../platform/errors.ts';
import type { ByteSource, FileDirectory } from '../platform/files.ts';
import type { Platform } from '../platform/platform.ts';
import { urlCheckpoint } from '../platform/url-checkpoint.ts';
import { openUrl } from '../platform/url-files.ts';
import { decodeImage } from './decode-image.ts';
import { EMBEDDED_MODEL } from './embedded-model.ts';
import { openLocalCheckpoint, openLocalDirectory, openLocalFile, writeLocalBytes } from './files.ts';
import { nodeHost } from './host.ts';
import { openHubDirectory } from './hub/open-hub-directory.ts';
import { hubEndpoint } from './hub/settings.ts';
import { clearTuning, diskTuningCache } from './tuning-cache.ts';
import { openWebGpu } from './vulkan.ts';

export const openGpu: Platform['gpu'] = ({ adapter, toggles }) => openWebGpu(adapter, toggles);
export const writeFile: Platform['writeFile'] = writeLocalBytes;
export const { availableMemory, decodingThreads } = nodeHost;

/** Node: Dawn for WebGPU, sharp for images, the file system or HTTP for checkpoints. */
export const platform: Platform = {
  gpu: openGpu,
  openDirectory,
  openFile,
  writeFile,
  decodeImage,
  tuningCache: diskTuningCache(),
  availableMemory,
  decodingThreads,
};

export const clearCache = clearTuning;

/**
 * A checkpoint's directory or weights file by path or URL, a model of the hub by name, or the embedded model's. A directory that is there
 * goes before a name.
 * @throws {InvalidOptionError} for any other source @throws {BiomedClipError} where it cannot be opened
 */
export async function openDirectory(
  source: CheckpointSource | undefined,
  options: LoadOptions,
): Promise<FileDirectory> {
  const { signal } = options;
  const hub = hubNameIn(source, options);
  if (hub) return openHubDirectory(hub, options, openLocalFile);
  expectNoRevision(options);
  if (source === undefined) return openLocalDirectory(EMBEDDED_MODEL);
  const isText = typeof source === 'string' && source !== '';
  if (!isText && !(source instanceof URL)) throw noDirectory(source);
  const text = String(source);
  if (!/^(https?|file):/.test(text)) return openLocalCheckpoint(text);
  if (!URL.canParse(text)) throw noDirectory(source);
  if (!text.startsWith('file:')) return urlCheckpoint(text, (file) => openUrl(file, { signal }));
  return openLocalCheckpoint(pathOf(text));
}

/** The model that a source names; undefined for a path or URL of a directory. @throws {InvalidOptionError} */
export function hubNameIn(
  source: unknown,
  { revision, hub }: Pick<LoadOptions, 'revision' | 'hub'> = {},
): HubName | undefined {
  if (typeof source !== 'string' && !(source instanceof URL)) return undefined;
  checkHubOptions(hub);
  const isUrl = /^https?:/i.test(String(source)); // whose host may be the endpoint's
  const name = hubName(String(source), { revision, endpoint: isUrl ? hubEndpoint(hub) : undefined });
  return name?.bare && existsSync(String(source)) ? undefined : name;
}

export async function openFile(source: string | URL): Promise<ByteSource> {
  const text = String(source);
  const isUrl = URL.canParse(text) && /^(https?|file):/.test(text);
  const path = text.startsWith('file:') ? pathOf(text) : text;
  const file = isUrl && path === text ? await openUrl(text) : await openLocalFile(path);
  if (!file) throw new FileReadError(text, 'there is no such file');
  return file;
}

/** A file: URL may name another host, which has no path. */
function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    throw noDirectory(url);
  }
}

function noDirectory(source: unknown): InvalidOptionError {
  return new InvalidOptionError(
    'source',
    'the path of a directory or a weights file, its file: or http(s) URL, or a model’s name',
    source,
  );
}
