import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localDirectorySink } from '../../src/node/files.ts';
import { type SeededModelOptions, writeSeededModel } from '../../weights/seeded.ts';

/** A seeded checkpoint directory on disk, and how to get rid of it. */
export async function seededModel(
  options: SeededModelOptions,
): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'biomedclip-seeded-'));
  await writeSeededModel(localDirectorySink(path), options);
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
