import { NoAdapterError } from '../device/errors.ts';
import { InvalidOptionError } from '../errors.ts';
import { FileReadError } from '../platform/errors.ts';
import type { ByteSource } from '../platform/files.ts';
import type { Platform } from '../platform/platform.ts';
import { openUrl } from '../platform/url-files.ts';
import { clearStores } from './cache/store.ts';
import { decodeImage } from './decode-image.ts';
import { openDirectory } from './open-directory.ts';
import { browserTuningCache, clearTuning } from './tuning-cache.ts';

/** The browser's own WebGPU. */
export async function openGpu(): Promise<GPU> {
  // Missing without WebGPU and on insecure pages, although the type says otherwise.
  const gpu: GPU | undefined = navigator.gpu;
  if (gpu) return gpu;
  throw new NoAdapterError(
    undefined,
    'this browser has no WebGPU, or the page is not secure (https or localhost)',
  );
}

export async function writeFile(path: string): Promise<void> {
  throw new InvalidOptionError('path', 'left to the page: a browser has no files, so keep toBytes()', path);
}

/** A string is a URL, relative to the page or the worker. */
export async function openFile(source: string | URL): Promise<ByteSource> {
  const base = globalThis.location?.href;
  if (!URL.canParse(String(source), base)) throw new InvalidOptionError('source', 'a URL', source);
  const { href } = new URL(source, base);
  const file = await openUrl(href);
  if (!file) throw new FileReadError(href, 'there is no such file');
  return file;
}

/** Chromium reports memory in GiB, capped at 8. Beyond that, and elsewhere, only a failed allocation tells. */
export function availableMemory(): number | undefined {
  const { deviceMemory } = navigator as Navigator & { readonly deviceMemory?: number };
  return deviceMemory !== undefined && deviceMemory < 8 ? deviceMemory * 2 ** 30 : undefined;
}

/** A browser: its own WebGPU and image decoders, and checkpoints by Range requests or from files. */
export const platform: Platform = {
  gpu: openGpu,
  openDirectory,
  openFile,
  writeFile,
  decodeImage,
  tuningCache: /* @__PURE__ */ browserTuningCache(),
  availableMemory,
};

/** @throws {CacheNotClearedError} */
export async function clearCache(): Promise<void> {
  await clearStores();
  await clearTuning();
}
