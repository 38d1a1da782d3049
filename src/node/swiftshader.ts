import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { extract } from 'tar-fs';
import { cachedFolder } from './cache.ts';

/** A software Vulkan driver with its loader, ready to use. */
export interface BundledVulkan {
  /** The driver's manifest, for `VK_ICD_FILENAMES`. */
  readonly icd: string;
  /** A Vulkan loader for systems that have none. */
  readonly loader: string;
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
  const archive = join(packageRoot, 'bin', 'swiftshader.tar.br');
  const folder = await cachedFolder(`swiftshader-${version}`, (scratch) =>
    pipeline(createReadStream(archive), createBrotliDecompress(), extract(scratch)),
  );
  return { icd: join(folder, 'vk_swiftshader_icd.json'), loader: join(folder, 'libvulkan.so.1') };
}
