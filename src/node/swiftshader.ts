import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { extract } from 'tar-fs';
import { cachedFolder } from './cache.ts';
import { DamagedDriverError } from './errors.ts';

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

/**
 * SwiftShader (Google's Vulkan on the CPU) as npm's `@sparticuz/chromium` carries it, unpacked on first use and
 * hashed on each. It is built for Linux on x64; undefined elsewhere.
 * @throws {CacheFolderError} where no folder can be written
 */
export async function unpackSwiftShader(): Promise<BundledVulkan | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const require = createRequire(import.meta.url);
  const packageRoot = dirname(dirname(dirname(require.resolve('@sparticuz/chromium'))));
  const archive = join(packageRoot, 'bin', 'swiftshader.tar.br');
  const folder = await cachedFolder('swiftshader-147.0.0', (scratch) => unpack(archive, scratch), isIntact);
  return { icd: join(folder, 'vk_swiftshader_icd.json'), loader: join(folder, 'libvulkan.so.1') };
}

/** Sets owner and permissions to this user's: those in the archive are its packer's. */
async function unpack(archive: string, folder: string): Promise<void> {
  const { geteuid, getegid } = process;
  await pipeline(
    createReadStream(archive),
    createBrotliDecompress(),
    extract(folder, {
      map: (header) => ({ ...header, mode: 0o600, uid: geteuid?.() ?? 0, gid: getegid?.() ?? 0 }),
      ignore: (file) => !(basename(file) in SHA256),
    }),
  );
  if (!(await isIntact(folder))) throw new DamagedDriverError(archive);
}

async function isIntact(folder: string): Promise<boolean> {
  for (const [file, expected] of Object.entries(SHA256)) {
    const bytes = await readFile(join(folder, file)).catch(() => new Uint8Array());
    if (createHash('sha256').update(bytes).digest('hex') !== expected) return false;
  }
  return true;
}
