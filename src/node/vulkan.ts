import { existsSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { basename } from 'node:path';
import { create } from 'webgpu';
import { NoAdapterError } from '../device/errors.ts';
import { toggleFlags } from '../device/toggles.ts';
import { type BundledVulkan, unpackSwiftShader } from './swiftshader.ts';
import { listVulkanDrivers } from './vulkan-drivers.ts';

/** Software adapters that can be asked for by name. */
const LAVAPIPE = /^(lavapipe|llvmpipe)$/i;
const SWIFTSHADER = /^swiftshader$/i;
const CHROMIUM_SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';

/**
 * Every WebGPU instance of this process, for ever: Dawn crashes when one is collected before what was made from it,
 * and JavaScript gives no order of collection. An idle instance does not keep the process alive.
 */
const instances: GPU[] = [];

/** Dawn hides subgroup matrices without it. It changes nothing for a device that asks for no hidden feature. */
const DEFAULT_TOGGLES = ['allow_unsafe_apis'] as const;

/**
 * The WebGPU entry point for this machine. With no wish, a GPU's driver where there is one, else Mesa's lavapipe
 * (3 to 5 times the speed of the next), else SwiftShader from npm. No environment variable has to be set.
 * @param adapter `software`, `lavapipe`, `swiftshader`, or a part of a GPU's name
 * @throws {NoAdapterError} saying what to install
 */
export async function openWebGpu(adapter?: string, toggles: readonly string[] = []): Promise<GPU> {
  const defaults = DEFAULT_TOGGLES.filter((toggle) => !toggles.includes(`-${toggle}`));
  const flags = toggleFlags([...new Set([...defaults, ...toggles])]);
  process.env.XDG_RUNTIME_DIR ??= tmpdir(); // Mesa warns without it
  const drivers = process.platform === 'linux' ? await candidates(adapter) : [{ match: adapter }];
  const reasons: string[] = [];
  for (const driver of drivers) {
    const entry = withDriver(driver, () => instance(flags, driver.match));
    const reason = await withDriver(driver, () => whyNoAdapter(entry));
    if (reason === undefined) {
      icdOf.set(entry, driver.icd);
      return entry;
    }
    reasons.push(reason);
  }
  throw new NoAdapterError(adapter, [...new Set(reasons), whatToInstall()].join('; '));
}

const icdOf = new WeakMap<GPU, string | undefined>();

/** The manifest of the Vulkan driver behind `entry`, so that a peer can be given the same; undefined: the system's choice. */
export function driverOf(entry: GPU): string | undefined {
  return icdOf.get(entry);
}

interface Driver {
  /** The manifest that the Vulkan loader is told to use alone; undefined leaves the choice to the system. */
  readonly icd?: string;
  /** A Vulkan loader to fall back to where the system has none. */
  readonly loader?: string;
  /** Part of the adapter's name. */
  readonly match?: string;
}

async function candidates(adapter: string | undefined): Promise<Driver[]> {
  const bundled = await unpackSwiftShader();
  const loader = bundled?.loader;
  const lavapipe = (await lavapipeManifests()).map((icd) => ({ icd, loader }));
  const swiftshader = swiftShaderDrivers(bundled);
  const installed = (await listVulkanDrivers()).length > 0 ? [{ loader }] : []; // asking in vain prints warnings
  if (adapter === undefined) return [...installed, ...lavapipe, ...swiftshader];
  if (adapter === 'software') return [...lavapipe, ...swiftshader];
  if (LAVAPIPE.test(adapter)) return lavapipe;
  if (SWIFTSHADER.test(adapter)) return swiftshader;
  return [{ loader, match: adapter }];
}

function swiftShaderDrivers(bundled: BundledVulkan | undefined): Driver[] {
  const installed = existsSync(CHROMIUM_SWIFTSHADER)
    ? [{ icd: CHROMIUM_SWIFTSHADER, loader: bundled?.loader }]
    : [];
  return [...(bundled ? [bundled] : []), ...installed];
}

async function lavapipeManifests(): Promise<string[]> {
  const drivers = await listVulkanDrivers();
  return drivers.filter((path) => /^lvp_icd.*\.json$/.test(basename(path)));
}

// Newer loaders read the first, older ones the second; the first one set wins.
const DRIVER_VARIABLES = ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES'] as const;

/** The Vulkan loader reads its variables when the instance is made, so they are set for that long only. */
function withDriver<T>({ icd, loader }: Driver, make: () => T): T {
  if (loader) preloadVulkan(loader);
  if (!icd) return make();
  const before = DRIVER_VARIABLES.map((name) => process.env[name]);
  for (const name of DRIVER_VARIABLES) process.env[name] = icd;
  try {
    return make();
  } finally {
    for (const [i, name] of DRIVER_VARIABLES.entries()) {
      if (before[i] === undefined) delete process.env[name];
      else process.env[name] = before[i];
    }
  }
}

let preloaded = false;

/** dlopen's flags: resolve now, for all to see, and stay loaded though Node closes what is no addon of its own. */
const RTLD_NODELETE = 0x1000; // glibc's, which os.constants leaves out
const DLOPEN_FLAGS = constants.dlopen.RTLD_NOW | constants.dlopen.RTLD_GLOBAL | RTLD_NODELETE;

/**
 * Dawn opens `libvulkan.so.1` by that name. On a system without one, loading the bundled file first puts the name
 * into the process. `process.dlopen` complains that it is no Node addon, after it has loaded it.
 */
function preloadVulkan(loader: string): void {
  if (preloaded) return;
  preloaded = true;
  for (const file of ['libvulkan.so.1', loader]) {
    try {
      process.dlopen({ exports: {} }, file, DLOPEN_FLAGS);
    } catch (error) {
      if (/did not self-register/.test(String(error))) return;
    }
  }
}

function instance(flags: readonly string[], match?: string): GPU {
  const entry = create([...flags, ...(match ? [`adapter=${match}`] : [])]);
  instances.push(entry);
  return entry;
}

/** Undefined if there is an adapter. Dawn throws where a name matches none, and lists those it has. */
async function whyNoAdapter(entry: GPU): Promise<string | undefined> {
  try {
    return (await entry.requestAdapter()) ? undefined : 'the driver offers no adapter that Dawn accepts';
  } catch (error) {
    return error instanceof Error ? error.message.trim() : String(error);
  }
}

function whatToInstall(): string {
  if (process.platform !== 'linux') return 'install the GPU vendor’s current driver';
  return (
    'install the GPU vendor’s Vulkan driver, or Mesa 23 or newer (Debian: mesa-vulkan-drivers, on Debian 12 from ' +
    'bookworm-backports) for the software adapter; `biomedclip-webgpu doctor` shows what was found'
  );
}
