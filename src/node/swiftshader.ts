import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, sep } from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import { DamagedDriverError } from '../platform/errors.ts';
import { cachedFolder } from './cache.ts';

/** The optional package that carries SwiftShader, in the version whose files are known. */
export const SWIFTSHADER_PACKAGE = '@sparticuz/chromium@147.0.0';

/** A software Vulkan driver with its loader, ready to use. */
export interface BundledVulkan {
  /** The driver's manifest, for `VK_ICD_FILENAMES`. */
  readonly icd: string;
  /** A Vulkan loader for systems that have none. */
  readonly loader: string;
}

/** SHA-256 of the loaded files, in the version that package.json pins. */
const SHA256: Readonly<Record<string, string>> = {
  'libvk_swiftshader.so': '5b9e8591c7c2d1c9618c3ad485d0cdffb81f5f1ffd6a982fdb6578c2d8d3213e',
  'libvulkan.so.1': 'fe17a77c1f2df38d3b6a935140f746fd80aac564bb44eb3e4f6b75a504295a41',
  'vk_swiftshader_icd.json': 'c9eef28b6b984fec220ef0abfecc40b502d46946706e47bfe97707027cb818bd',
};

/** The packed driver in npm's `@sparticuz/chromium`; undefined where that is not installed or not built for. */
export function swiftShaderArchive(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  try {
    const { resolve } = createRequire(import.meta.url); // at run time: a bundler would settle it when it builds
    const entry = resolve(/* webpackIgnore: true */ /* turbopackIgnore: true */ '@sparticuz/chromium');
    const folder = entry.slice(0, entry.lastIndexOf(`${sep}build${sep}`)); // its depth there depends on the version
    return join(folder, 'bin', 'swiftshader.tar.br');
  } catch {
    return undefined;
  }
}

/**
 * SwiftShader (Google's Vulkan on the CPU), unpacked on first use and hashed on each; undefined without its package.
 * @throws {CacheFolderError} where no folder can be written
 * @throws {DamagedDriverError} for another version of the package
 */
export async function unpackSwiftShader(archive = swiftShaderArchive()): Promise<BundledVulkan | undefined> {
  if (archive === undefined) return undefined;
  const folder = await cachedFolder('swiftshader-147.0.0', (scratch) => unpack(archive, scratch), isIntact);
  return { icd: join(folder, 'vk_swiftshader_icd.json'), loader: join(folder, 'libvulkan.so.1') };
}

/** Writes the known files as this user's own, whatever owner and permissions their packer gave them. */
async function unpack(archive: string, folder: string): Promise<void> {
  const { parseTar } = await import('nanotar');
  const version = await versionOf(archive);
  const tar = await readFile(archive)
    .then(promisify(brotliDecompress))
    .catch((cause: unknown) => {
      throw new DamagedDriverError(archive, version, { cause });
    });
  for (const { name, data } of parseTar(tar, { filter: ({ name }) => basename(name) in SHA256 })) {
    if (data) await writeFile(join(folder, basename(name)), data, { mode: 0o600 });
  }
  if (!(await isIntact(folder))) throw new DamagedDriverError(archive, version);
}

/** Of the package that has the archive in its folder `bin`. */
async function versionOf(archive: string): Promise<string | undefined> {
  const file = join(dirname(dirname(archive)), 'package.json');
  return JSON.parse(await readFile(file, 'utf8').catch(() => '{}')).version;
}

async function isIntact(folder: string): Promise<boolean> {
  for (const [file, expected] of Object.entries(SHA256)) {
    const bytes = await readFile(join(folder, file)).catch(() => new Uint8Array());
    if (createHash('sha256').update(bytes).digest('hex') !== expected) return false;
  }
  return true;
}
