import { type DeviceOptions, requestGpu } from '../src/device/adapter.ts';
import type { Gpu } from '../src/device/gpu.ts';
import { openWebGpu } from '../src/node/vulkan.ts';

/** A device on the adapter that BIOMEDCLIP_ADAPTER names, else on the one that a user of this machine would get. */
export async function testGpu(options?: DeviceOptions): Promise<Gpu> {
  return requestGpu(await openWebGpu(process.env.BIOMEDCLIP_ADAPTER), options);
}
