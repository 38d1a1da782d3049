import type { Command } from 'commander';
import { requestGpu } from '../../device/adapter.ts';
import type { Gpu } from '../../device/gpu.ts';
import { addAdapterOptions } from './adapter-options.ts';
import type { OutputOptions } from './session.ts';
import { addOutputOptions } from './with-model.ts';

/** Options of commands that compute on the GPU without a model. */
export interface GpuOptions extends OutputOptions {
  readonly adapter?: string;
}

export function addGpuOptions(command: Command): Command {
  return addOutputOptions(addAdapterOptions(command));
}

/** Opens a device, and destroys it when `use` is done. @throws {NoAdapterError} */
export async function withGpu<T>({ adapter }: GpuOptions, use: (gpu: Gpu) => Promise<T>): Promise<T> {
  const { openWebGpu } = await import('../vulkan.ts'); // only here: `--help` needs no engine
  const gpu = await requestGpu(await openWebGpu(adapter));
  try {
    return await use(gpu);
  } finally {
    gpu.destroy();
  }
}
