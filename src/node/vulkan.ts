import { existsSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { basename } from 'node:path';
import { NoAdapterError } from '../device/errors.ts';
import { toggleFlags } from '../device/toggles.ts';
import { BiomedClipError } from '../errors.ts';
import { adapterAt, adapterIndex, adapterNames, type ListedAdapter } from './adapter-list.ts';
import { loadNative } from './native-packages.ts';
import { CARRIED_LOADER } from './package-files.ts';
import { SWIFTSHADER_PACKAGE, swiftShaderArchive, unpackSwiftShader } from './swiftshader.ts';
import { listVulkanDrivers } from './vulkan-drivers.ts';

/** Software adapters that can be asked for by name. */
const LAVAPIPE = /^(lavapipe|llvmpipe)$/i;
const SWIFTSHADER = /^swiftshader$/i;
const CHROMIUM_SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';

/**
 * Keeps every WebGPU instance alive, by what it was made from: Dawn crashes if one is garbage-collected before the objects
 * made from it. An idle instance does not keep the process running, but the driver's threads stay, so it serves again.
 */
const instances = new Map<string, GPU>();

/** Dawn hides subgroup matrices without it. It changes nothing for a device that asks for no hidden feature. */
const DEFAULT_TOGGLES = ['allow_unsafe_apis'] as const;

/**
 * The WebGPU entry point for this machine. By default a GPU's driver if there is one, else Mesa's lavapipe (3 to 5
 * times as fast as SwiftShader), else SwiftShader, if its package or Chromium is installed. No environment variable has to be set.
 * @param adapter `software`, `lavapipe`, `swiftshader`, a part of a GPU's name, or `#1` for that of index 1
 * @throws {AdapterIndexError} @throws {SameNameAdapterError}
 * @throws {NoAdapterError} saying what to install
 * @throws {NativePackageError} without Dawn
 */
export async function openWebGpu(adapter?: string, toggles: readonly string[] = []): Promise<GPU> {
  const defaults = DEFAULT_TOGGLES.filter((toggle) => !toggles.includes(`-${toggle}`));
  const flags = toggleFlags([...new Set([...defaults, ...toggles])]);
  process.env.XDG_RUNTIME_DIR ??= tmpdir(); // Mesa warns without it
  const linux = process.platform === 'linux';
  const create = await loadDawn();
  const reasons: string[] = [];
  const index = adapterIndex(adapter);
  const tried = index === undefined ? await candidates(adapter) : [await driverAt(index)];
  for (const { manifest, match } of tried) {
    try {
      if (linux) await ensureVulkanLoader();
      const icd = await manifest?.();
      const entry = withDriver(icd, () => instance(create, flags, match));
      const reason = await withDriver(icd, () => whyNoAdapter(entry));
      if (reason === undefined) {
        icdOf.set(entry, icd);
        return entry;
      }
      reasons.push(reason);
    } catch (error) {
      if (!(error instanceof BiomedClipError)) throw error;
      reasons.push(error.message); // a driver that cannot be unpacked
    }
  }
  throw new NoAdapterError(adapter, [...new Set(reasons), whatToInstall()].join('; '));
}

async function loadDawn(): Promise<(flags: string[]) => GPU> {
  const dawn = await loadNative(
    'webgpu',
    'WebGPU in Node',
    () => import(/* webpackIgnore: true */ /* turbopackIgnore: true */ 'webgpu'),
  );
  return dawn.create;
}

/**
 * Every adapter: those of the installed drivers in Dawn's order, which has GPUs before lavapipe, then SwiftShader's. An adapter's place is its index.
 * @throws {NativePackageError} without Dawn
 */
export async function listAdapters(): Promise<ListedAdapter[]> {
  const create = await loadDawn();
  process.env.XDG_RUNTIME_DIR ??= tmpdir(); // Mesa warns without it
  const linux = process.platform === 'linux';
  if (linux) await ensureVulkanLoader().catch(() => {}); // SwiftShader's cannot be unpacked: there may be none then
  // All installed drivers together: one that has no GPU here prints errors where it is alone.
  const installed: Driver[] = !linux || (await listVulkanDrivers()).length > 0 ? [{}] : [];
  const drivers = [...installed, ...(linux ? swiftShaderDrivers().slice(0, 1) : [])];
  const listed: ListedAdapter[] = [];
  for (const { manifest } of drivers) {
    const icd = await manifest?.().catch(() => ''); // a driver that cannot be unpacked has no adapter
    if (icd === '') continue;
    const names = await withDriver(icd, () => adapterNames((name) => instance(create, [], name)));
    listed.push(...names.map((name) => ({ name, icd })));
  }
  return listed;
}

async function driverAt(index: number): Promise<Driver> {
  const { icd, name } = adapterAt(await listAdapters(), index);
  return { match: name, ...(icd !== undefined && { manifest: async () => icd }) };
}

const icdOf = new WeakMap<GPU, string | undefined>();

/**
 * The manifest of the Vulkan driver behind `entry`, to give a benchmark's peer the same one; undefined: the system's
 * choice.
 */
export function driverOf(entry: GPU): string | undefined {
  return icdOf.get(entry);
}

interface Driver {
  /**
   * Finds or unpacks the only manifest that the Vulkan loader shall use; without it the system chooses. Called only
   * when this driver is tried.
   */
  readonly manifest?: () => Promise<string>;
  /** Part of the adapter's name. */
  readonly match?: string;
}

async function candidates(adapter: string | undefined): Promise<Driver[]> {
  if (process.platform !== 'linux') return [{ match: adapter }];
  const lavapipe = (await lavapipeManifests()).map((icd) => ({ manifest: async () => icd }));
  const swiftshader = swiftShaderDrivers();
  const installed = (await listVulkanDrivers()).length > 0 ? [{}] : []; // asking without any driver prints warnings
  if (adapter === undefined) return [...installed, ...lavapipe, ...swiftshader];
  if (adapter === 'software') return [...lavapipe, ...swiftshader];
  if (LAVAPIPE.test(adapter)) return lavapipe;
  if (SWIFTSHADER.test(adapter)) return swiftshader;
  return [{ match: adapter }];
}

function swiftShaderDrivers(): Driver[] {
  const bundled = swiftShaderArchive() === undefined ? [] : [{ manifest: bundledManifest }];
  const installed = existsSync(CHROMIUM_SWIFTSHADER) ? [{ manifest: async () => CHROMIUM_SWIFTSHADER }] : [];
  return [...bundled, ...installed];
}

async function bundledManifest(): Promise<string> {
  const bundled = await unpackSwiftShader();
  if (bundled) return bundled.icd;
  throw new NoAdapterError('swiftshader', whatToInstall());
}

async function lavapipeManifests(): Promise<string[]> {
  const drivers = await listVulkanDrivers();
  return drivers.filter((path) => /^lvp_icd.*\.json$/.test(basename(path)));
}

// Newer loaders read the first, older ones the second.
const DRIVER_VARIABLES = ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES'] as const;

/** The Vulkan loader reads its variables when an instance is made, so they are set only during that time. */
function withDriver<T>(icd: string | undefined, make: () => T): T {
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

/** dlopen flags: resolve now, globally, and stay loaded although Node closes a library that is no addon. */
const RTLD_NODELETE = 0x1000; // glibc's, which os.constants leaves out
const DLOPEN_FLAGS = constants.dlopen.RTLD_NOW | constants.dlopen.RTLD_GLOBAL | RTLD_NODELETE;

let loaderFound = false;

/**
 * Dawn opens `libvulkan.so.1` by name. On a system without one, the one that an archive carries or SwiftShader's, if its
 * package is installed, is loaded first, so that the name resolves.
 */
async function ensureVulkanLoader(): Promise<void> {
  loaderFound ||= preload('libvulkan.so.1') || preload(CARRIED_LOADER);
  if (loaderFound) return;
  const bundled = await unpackSwiftShader();
  loaderFound = bundled !== undefined && preload(bundled.loader);
}

/** `process.dlopen` throws, since it is no Node addon, but has loaded it by then. */
function preload(file: string): boolean {
  try {
    process.dlopen({ exports: {} }, file, DLOPEN_FLAGS);
  } catch (error) {
    return /did not self-register/.test(String(error));
  }
  return true;
}

function instance(create: (flags: string[]) => GPU, flags: readonly string[], match?: string): GPU {
  const made = [...flags, ...(match ? [`adapter=${match}`] : [])];
  const key = JSON.stringify([made, DRIVER_VARIABLES.map((name) => process.env[name])]);
  const entry = instances.get(key) ?? create(made);
  instances.set(key, entry);
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
    `${loaderFound ? '' : 'there is no Vulkan loader (libvulkan.so.1; Debian: libvulkan1); '}` +
    'install the GPU vendor’s Vulkan driver, or for a software adapter Mesa 23 or newer (Debian: mesa-vulkan-drivers, on ' +
    `Debian 12 from bookworm-backports)${lacksSwiftShader() ? ` or SwiftShader (npm install ${SWIFTSHADER_PACKAGE})` : ''}; ` +
    '`biomedclip-webgpu doctor` shows what was found'
  );
}

/** It is built for Linux on x64. */
function lacksSwiftShader(): boolean {
  return process.arch === 'x64' && swiftShaderArchive() === undefined;
}
