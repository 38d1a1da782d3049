import type { FileDirectory } from '../src/platform/files.ts';
import { openCheckpoint } from './checkpoint.ts';
import { loadConfig, type ModelConfig } from './config.ts';

/** A checkpoint's configuration, for those who want nothing else of it. @throws {BiomedClipError} as `loadConfig` */
export async function readConfig(directory: FileDirectory): Promise<ModelConfig> {
  const checkpoint = await openCheckpoint(directory);
  try {
    return await loadConfig(directory, checkpoint);
  } finally {
    await checkpoint.close();
  }
}
