import { fileURLToPath } from 'node:url';
import type { LoadOptions } from '../api.ts';
import { InvalidOptionError } from '../errors.ts';
import { FileReadError } from '../platform/errors.ts';
import type { ByteSource, FileDirectory } from '../platform/files.ts';
import type { Platform } from '../platform/platform.ts';
import { openUrl, urlDirectory } from '../platform/url-files.ts';
import { decodeImage } from './decode-image.ts';
import { EMBEDDED_MODEL } from './embedded-model.ts';
import { openLocalDirectory, openLocalFile, writeLocalBytes } from './files.ts';
import { nodeHost } from './host.ts';
import { diskTuningCache } from './tuning-cache.ts';
import { openWebGpu } from './vulkan.ts';

export const openGpu: Platform['gpu'] = ({ adapter, toggles }) => openWebGpu(adapter, toggles);
export const writeFile: Platform['writeFile'] = writeLocalBytes;
export const { availableMemory } = nodeHost;

/** Node: Dawn for WebGPU, sharp for images, the file system or HTTP for checkpoints. */
export const nodePlatform: Platform = {
  gpu: openGpu,
  openDirectory,
  openFile,
  writeFile,
  decodeImage,
  tuningCache: diskTuningCache(),
  availableMemory,
};

/** A checkpoint directory by path or URL, or the embedded model's. @throws {InvalidOptionError} for any other source */
export async function openDirectory(
  source: string | URL | undefined,
  { signal }: LoadOptions,
): Promise<FileDirectory> {
  if (source === undefined) return openLocalDirectory(EMBEDDED_MODEL);
  const isText = typeof source === 'string' && source !== '';
  if (!isText && !(source instanceof URL)) throw noDirectory(source);
  const text = String(source);
  if (!/^(https?|file):/.test(text)) return openLocalDirectory(text);
  if (!URL.canParse(text)) throw noDirectory(source);
  if (!text.startsWith('file:')) return urlDirectory(text, { signal });
  return openLocalDirectory(pathOf(text));
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
  return new InvalidOptionError('source', 'a directory’s path, or its file: or http(s) URL', source);
}
