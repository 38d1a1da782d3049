import { type DeviceOptions, requestGpu } from '../../src/device/adapter.ts';
import { Gpu } from '../../src/device/gpu.ts';
import { openWebGpu } from '../../src/node/vulkan.ts';

/** A device on the adapter that BIOMEDCLIP_ADAPTER names, else on the one that a user of this machine would get. */
export async function testGpu(options?: DeviceOptions): Promise<Gpu> {
  return requestGpu(await openWebGpu(process.env.BIOMEDCLIP_ADAPTER), options);
}

/**
 * The same device, taken for a GPU: kernels choose what they run on hardware, such as staging through workgroup memory.
 * So a machine without a GPU tests those variants too. Destroyed with `gpu`.
 */
export function asHardware({ device, info }: Gpu): Gpu {
  return new Gpu(device, { ...info, software: false }, false);
}

/** The same device with room for less: what is cut into bands and tiles is cut with few rows. Destroyed with `gpu`. */
export function withLimits({ device, info, limits }: Gpu, maxStorageBufferBindingSize: number): Gpu {
  return new Gpu(device, info, false, { maxBufferSize: limits.maxBufferSize, maxStorageBufferBindingSize });
}

/** A device that somebody else made, with WebGPU's default limits. */
export async function callersDevice(adapterName: string | undefined): Promise<GPUDevice> {
  const adapter = await (await openWebGpu(adapterName)).requestAdapter();
  if (!adapter) throw new Error('no adapter');
  const requiredFeatures: GPUFeatureName[] = adapter.features.has('subgroups') ? ['subgroups'] : [];
  return adapter.requestDevice({ requiredFeatures });
}
