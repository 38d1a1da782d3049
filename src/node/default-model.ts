import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CONFIG_FILE } from '../../weights/config.ts';
import { writeSeededModel } from '../../weights/seeded.ts';
import { localDirectorySink } from './files.ts';
import { cacheDirectory } from './swiftshader.ts';

/** The package's own model. The source and the built file both lie two levels below the package. */
const SHIPPED = fileURLToPath(new URL('../../weights/default', import.meta.url));

/**
 * The model that is used where none is named: the trained one of the package, where it has one, else a tiny seeded
 * one of 4 MB, which says of itself that it is untrained. That is written to the cache on first use.
 */
export async function defaultModelDirectory(): Promise<string> {
  if (existsSync(join(SHIPPED, CONFIG_FILE))) return SHIPPED;
  const directory = join(cacheDirectory(), 'seeded-tiny-v1');
  if (!existsSync(directory)) await writeTinyModel(directory);
  return directory;
}

/** Writes beside the target and renames, so that two processes at once cannot see half of it. */
async function writeTinyModel(directory: string): Promise<void> {
  const scratch = `${directory}.${process.pid}`;
  await mkdir(scratch, { recursive: true });
  try {
    await writeSeededModel(localDirectorySink(scratch), { preset: 'tiny' });
    await rename(scratch, directory);
  } catch (error) {
    await rm(scratch, { recursive: true, force: true });
    if (!existsSync(directory)) throw error;
  }
}
