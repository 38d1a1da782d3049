import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Where the Vulkan loader looks for drivers on Linux, in its order. */
function driverFolders(): string[] {
  const share = process.env.XDG_DATA_HOME ?? (process.env.HOME && join(process.env.HOME, '.local', 'share'));
  return [
    ...(share ? [join(share, 'vulkan', 'icd.d')] : []),
    '/etc/vulkan/icd.d',
    '/usr/local/share/vulkan/icd.d',
    '/usr/share/vulkan/icd.d',
  ];
}

/**
 * The manifests of the Vulkan drivers that are installed (ICD files). `VK_DRIVER_FILES` or `VK_ICD_FILENAMES`
 * replace them all. Empty where drivers are not found by such files, as on macOS and Windows.
 */
export async function listVulkanDrivers(): Promise<string[]> {
  const named = process.env.VK_DRIVER_FILES ?? process.env.VK_ICD_FILENAMES;
  if (named) return named.split(':').filter((path) => path !== '');
  if (process.platform !== 'linux') return [];
  const found = await Promise.all(
    driverFolders().map(async (folder) => {
      const files = await readdir(folder).catch(() => []);
      return files
        .filter((file) => file.endsWith('.json'))
        .sort()
        .map((file) => join(folder, file));
    }),
  );
  return found.flat();
}
