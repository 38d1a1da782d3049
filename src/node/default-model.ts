import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CONFIG_FILE } from '../../weights/config.ts';
import { writeSeededModel } from '../../weights/seeded.ts';
import { cachedFolder } from './cache.ts';
import { localDirectorySink } from './files.ts';

/** The package's own model. The source and the built file both lie two levels below the package. */
const SHIPPED = fileURLToPath(new URL('../../weights/default', import.meta.url));

/**
 * The model that is used where none is named: the trained one of the package, where it has one, else a tiny seeded
 * one of 4 MB, which says of itself that it is untrained. That is written to the cache on first use.
 */
export async function defaultModelDirectory(): Promise<string> {
  if (existsSync(join(SHIPPED, CONFIG_FILE))) return SHIPPED;
  return cachedFolder('seeded-tiny-v1', (folder) =>
    writeSeededModel(localDirectorySink(folder), { preset: 'tiny' }),
  );
}

/** A seeded model of BiomedCLIP's full size, 784 MB, for measuring speed. Written to the cache on first use. */
export async function fullSizeModelDirectory(): Promise<string> {
  return cachedFolder('seeded-full-v1', (folder) =>
    writeSeededModel(localDirectorySink(folder), { preset: 'full' }),
  );
}

/** A seeded model of BiomedCLIP's widths and two blocks a tower, 130 MB, for quick measurements of speed. */
export async function wideModelDirectory(): Promise<string> {
  return cachedFolder('seeded-wide-v1', (folder) =>
    writeSeededModel(localDirectorySink(folder), { preset: 'wide' }),
  );
}
