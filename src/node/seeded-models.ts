import { writeSeededModel } from '../../weights/seeded.ts';
import { cachedFolder } from './cache.ts';
import { localDirectorySink } from './files.ts';

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
