import { realpath } from 'node:fs/promises';

interface SystemFile {
  /** In the archive. */
  readonly path: string;
  readonly file: string;
}

const FOLDERS: Readonly<Record<string, readonly string[]>> = {
  x64: ['/usr/lib/x86_64-linux-gnu', '/lib/x86_64-linux-gnu', '/usr/lib64', '/usr/lib', '/usr/local/lib'],
  arm64: ['/usr/lib/aarch64-linux-gnu', '/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib', '/usr/local/lib'],
};
/** Debian's; the loader's licence is Apache 2.0. */
const COPYRIGHT = '/usr/share/doc/libvulkan1/copyright';

/**
 * This machine's Vulkan loader with its licence, for machines that have a GPU's driver and no loader. Empty where there is
 * none, and on macOS and Windows, where Dawn needs none.
 */
export async function vulkanLoader(): Promise<SystemFile[]> {
  if (process.platform !== 'linux') return [];
  for (const folder of FOLDERS[process.arch] ?? []) {
    const file = await realpath(`${folder}/libvulkan.so.1`).catch(() => undefined);
    if (!file) continue;
    const licence = await realpath(COPYRIGHT).catch(() => undefined);
    return [
      { path: 'lib/libvulkan.so.1', file },
      ...(licence ? [{ path: 'lib/libvulkan.copyright.txt', file: licence }] : []),
    ];
  }
  return [];
}
