import { createReadStream } from 'node:fs';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { extract } from 'tar-fs';

/** A software Vulkan driver with its loader, ready to use. */
export interface BundledVulkan {
  /** The driver's manifest, for `VK_ICD_FILENAMES`. */
  readonly icd: string;
  /** A Vulkan loader for systems that have none. */
  readonly loader: string;
}

/** Where this library keeps what it unpacks and measures: `$XDG_CACHE_HOME/biomedclip-webgpu`. */
export function cacheDirectory(): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'biomedclip-webgpu');
}

/**
 * SwiftShader (Google's Vulkan on the CPU) as npm's `@sparticuz/chromium` carries it, unpacked on first use.
 * It is built for Linux on x64; undefined elsewhere.
 */
export async function unpackSwiftShader(): Promise<BundledVulkan | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const require = createRequire(import.meta.url);
  const packageRoot = dirname(dirname(dirname(require.resolve('@sparticuz/chromium'))));
  const { version } = require(join(packageRoot, 'package.json')) as { version: string };
  const folder = join(cacheDirectory(), `swiftshader-${version}`);
  if (!(await exists(folder))) await unpack(join(packageRoot, 'bin', 'swiftshader.tar.br'), folder);
  return { icd: join(folder, 'vk_swiftshader_icd.json'), loader: join(folder, 'libvulkan.so.1') };
}

/** Unpacks beside the target and renames, so that two processes at once cannot see half of it. */
async function unpack(archive: string, folder: string): Promise<void> {
  const scratch = `${folder}.${process.pid}`;
  await mkdir(scratch, { recursive: true });
  try {
    await pipeline(createReadStream(archive), createBrotliDecompress(), extract(scratch));
    await rename(scratch, folder);
  } catch (error) {
    await rm(scratch, { recursive: true, force: true });
    if (!(await exists(folder))) throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
