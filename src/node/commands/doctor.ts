import { arch, platform, release } from 'node:os';
import type { Command } from 'commander';
import { OPTIONAL_FEATURES, requestGpu } from '../../device/adapter.ts';
import { NoAdapterError } from '../../device/errors.ts';
import type { Gpu } from '../../device/gpu.ts';
import { debianMirror } from '../apt-sources.ts';
import { addExamples } from '../cli/examples.ts';
import { Output, type OutputOptions, type Session } from '../cli/session.ts';
import { addOutputOptions } from '../cli/with-model.ts';
import { listVulkanDrivers } from '../vulkan-drivers.ts';
import { adviceFor } from './doctor-advice.ts';
import { type AdapterReport, doctorText, isSameAdapter, LIMITS } from './doctor-report.ts';

export interface DoctorCommandOptions extends OutputOptions {
  readonly adapter?: string;
}

/** Opens a device on the adapter of that name, or on the one that is used where none is named. */
export type OpenAdapter = (adapter?: string) => Promise<Gpu>;

export function registerDoctor(program: Command, session: Session): void {
  const command = program
    .command('doctor')
    .summary('show adapters, and what to install')
    .description('Show the WebGPU adapters that can be used here, and what to install where there is none.')
    .option('--adapter <name>', 'try this one as well');
  addExamples(command, [
    ['doctor', 'every adapter, and what to install'],
    ['doctor --adapter NVIDIA --json', 'one more by name, as JSON'],
  ]);
  addOutputOptions(command).action((options: DoctorCommandOptions) => doctorCommand(options, session));
}

/**
 * Tries every adapter that can be requested, and prints the results.
 * @throws {NoAdapterError} where not one works
 */
export async function doctorCommand(
  options: DoctorCommandOptions,
  { io }: Session,
  open: OpenAdapter = openAdapter,
): Promise<void> {
  const wanted = ['lavapipe', 'swiftshader', 'software', ...(options.adapter ? [options.adapter] : [])];
  const used = await examine('default', open);
  const adapters: AdapterReport[] = [{ ...used, usedByDefault: used.error === undefined }];
  for (const name of new Set(wanted)) {
    const adapter = await examine(name, () => open(name));
    adapters.push({ ...adapter, usedByDefault: isSameAdapter(used, adapter) });
  }
  const report = {
    node: process.version,
    platform: `${platform()} ${arch()}, ${release()}`,
    vulkanDrivers: await listVulkanDrivers(),
    adapters,
    indices: await adapterNamesHere(),
    advice: adviceFor(adapters[0], platform(), await debianMirror()),
  };
  new Output(io, options).result(report, doctorText(report));
  if (adapters.every(({ error }) => error !== undefined)) {
    throw new NoAdapterError(undefined, 'none of those that were tried can be used');
  }
}

/** Empty without Dawn, which the adapters' errors tell of. */
async function adapterNamesHere(): Promise<string[]> {
  const { listAdapters } = await import('../vulkan.ts');
  const listed = await listAdapters().catch(() => []);
  return listed.map(({ name }) => name);
}

async function openAdapter(adapter?: string): Promise<Gpu> {
  const { openWebGpu } = await import('../vulkan.ts');
  return requestGpu(await openWebGpu(adapter));
}

async function examine(name: string, open: OpenAdapter): Promise<Omit<AdapterReport, 'usedByDefault'>> {
  let gpu: Gpu;
  try {
    gpu = await open();
  } catch (error) {
    return { name, error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
  const { info, device } = gpu;
  try {
    return {
      name,
      vendor: info.vendor,
      architecture: info.architecture,
      description: info.description,
      software: info.software,
      features: OPTIONAL_FEATURES.filter((f) => info.features.has(f)),
      subgroupSizes: [info.subgroupMinSize, info.subgroupMaxSize],
      limits: Object.fromEntries(LIMITS.map((limit) => [limit, device.limits[limit]])),
    };
  } finally {
    gpu.destroy();
  }
}
