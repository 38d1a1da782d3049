import { fileURLToPath } from 'node:url';
import type { LoadOptions } from '../api.ts';
import type { FileDirectory } from '../files.ts';
import type { Platform } from '../platform.ts';
import { urlDirectory } from '../url-files.ts';
import { decodeImage } from './decode-image.ts';
import { openLocalDirectory } from './files.ts';
import { nodeHost } from './host.ts';
import { diskTuningCache } from './tuning-cache.ts';
import { openWebGpu } from './vulkan.ts';

/** Node: Dawn for WebGPU, sharp for images, the file system or HTTP for checkpoints. */
export const nodePlatform: Platform = {
  gpu: ({ adapter, toggles }) => openWebGpu(adapter, toggles),
  openDirectory,
  decodeImage,
  tuningCache: diskTuningCache(),
  ...nodeHost,
};

async function openDirectory(source: string | URL, { signal }: LoadOptions): Promise<FileDirectory> {
  const text = String(source);
  if (/^https?:/.test(text)) return urlDirectory(text, { signal });
  return openLocalDirectory(text.startsWith('file:') ? fileURLToPath(text) : text);
}
