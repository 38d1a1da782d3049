import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TuningCache } from '../kernels/gemm/tuning.ts';
import { CacheNotClearedError } from '../platform/errors.ts';
import { cacheDirectory } from './cache.ts';

const FILE = 'tuning.json';

/** Measured kernel choices in one small JSON file. A cache that cannot be read or written is measured again. */
export function diskTuningCache(folder = cacheDirectory()): TuningCache {
  const file = join(folder, FILE);
  return {
    get: async (key) => (await readEntries(file))[key],
    async set(key, value) {
      const entries = { ...(await readEntries(file)), [key]: value };
      const scratch = `${file}.${process.pid}`;
      await mkdir(folder, { recursive: true, mode: 0o700 })
        .then(() => writeFile(scratch, JSON.stringify(entries, null, 2)))
        .then(() => rename(scratch, file))
        .catch(() => {});
    },
  };
}

/** Forgets the measured choices. @throws {CacheNotClearedError} */
export async function clearTuning(folder = cacheDirectory()): Promise<void> {
  await rm(join(folder, FILE), { force: true }).catch((cause: unknown) => {
    throw new CacheNotClearedError(cause);
  });
}

async function readEntries(file: string): Promise<Record<string, string>> {
  try {
    const entries: unknown = JSON.parse(await readFile(file, 'utf8'));
    return typeof entries === 'object' && entries !== null ? (entries as Record<string, string>) : {};
  } catch {
    return {};
  }
}
