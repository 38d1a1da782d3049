import { NoAdapterError } from '../device/errors.ts';
import type { Platform } from '../platform/platform.ts';
import { decodeImage } from './decode-image.ts';
import { type CheckpointSource, openDirectory } from './open-directory.ts';
import { browserTuningCache } from './tuning-cache.ts';

/** A browser: its own WebGPU and image decoders, and checkpoints by Range requests or from files. */
export const browserPlatform: Platform<CheckpointSource> = {
  async gpu() {
    // Missing without WebGPU and on insecure pages, although the type says otherwise.
    const gpu: GPU | undefined = navigator.gpu;
    if (gpu) return gpu;
    throw new NoAdapterError(
      undefined,
      'this browser has no WebGPU, or the page is not secure (https or localhost)',
    );
  },
  openDirectory,
  decodeImage,
  tuningCache: browserTuningCache(),
  availableMemory,
};

/** Chromium reports memory in GiB, capped at 8. Beyond that, and elsewhere, only a failed allocation tells. */
function availableMemory(): number | undefined {
  const { deviceMemory } = navigator as Navigator & { readonly deviceMemory?: number };
  return deviceMemory !== undefined && deviceMemory < 8 ? deviceMemory * 2 ** 30 : undefined;
}
