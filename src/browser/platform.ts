import { NoAdapterError } from '../device/errors.ts';
import type { Platform } from '../platform.ts';
import { urlDirectory } from '../url-files.ts';
import { decodeImage } from './decode-image.ts';
import { sessionTuningCache } from './tuning-cache.ts';

/** A browser: its own WebGPU and image decoders, and checkpoints by Range requests. */
export const browserPlatform: Platform = {
  async gpu() {
    // Typed as always there, but missing in browsers without WebGPU and on pages that are not secure.
    const gpu: GPU | undefined = navigator.gpu;
    if (gpu) return gpu;
    throw new NoAdapterError(
      undefined,
      'this browser has no WebGPU, or the page is not secure (https or localhost)',
    );
  },
  openDirectory: async (source) => urlDirectory(new URL(source, globalThis.location?.href)),
  decodeImage,
  tuningCache: sessionTuningCache(),
};
