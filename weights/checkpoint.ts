import type { FileDirectory } from '../src/platform/files.ts';
import { CheckpointNotFoundError } from './errors.ts';
import { openSafetensors } from './safetensors.ts';
import type { Checkpoint } from './tensor-info.ts';
import { openTorchZip } from './torch-zip.ts';

export type { Checkpoint } from './tensor-info.ts';

export const SAFETENSORS_FILE = 'open_clip_model.safetensors';
export const TORCH_FILE = 'open_clip_pytorch_model.bin';

/**
 * Opens the weights of a checkpoint directory as Hugging Face hands it out: `open_clip_model.safetensors` if it
 * is there, otherwise `open_clip_pytorch_model.bin`. Reads headers only.
 * @throws {CheckpointNotFoundError} if there is neither
 * @throws {BiomedClipError} what `openSafetensors` and `openTorchZip` throw for a malformed file
 */
export async function openCheckpoint(directory: FileDirectory): Promise<Checkpoint> {
  for (const [file, open] of [
    [SAFETENSORS_FILE, openSafetensors],
    [TORCH_FILE, openTorchZip],
  ] as const) {
    const source = await directory.open(file);
    if (!source) continue;
    try {
      return await open(source);
    } catch (error) {
      await source.close();
      throw error;
    }
  }
  throw new CheckpointNotFoundError(directory.name, [SAFETENSORS_FILE, TORCH_FILE]);
}
