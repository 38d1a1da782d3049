import { AbortedError, BiomedClipError } from '../src/errors.ts';
import {
  FileChangedError,
  FileReadError,
  HttpStatusError,
  RangeNotSupportedError,
} from '../src/platform/errors.ts';
import type { FileDirectory } from '../src/platform/files.ts';
import { type OnWarning, warnOnConsole } from '../src/platform/warnings.ts';
import { CheckpointNotFoundError, WeightsPassedOverError } from './errors.ts';
import { kindOfWeights } from './file-kind.ts';
import { inOpenClipNames } from './hf-names.ts';
import { withoutPrefixes } from './prefixes.ts';
import { openSafetensors } from './safetensors.ts';
import { openSharded } from './sharded.ts';
import type { Checkpoint } from './tensor-info.ts';
import { openTorchZip } from './torch-zip.ts';

export type { Checkpoint } from './tensor-info.ts';

export const SAFETENSORS_FILE = 'open_clip_model.safetensors';
export const TORCH_FILE = 'open_clip_pytorch_model.bin';
const INDEX = '.index.json';

/** The names of weights in a checkpoint directory, open_clip's and then transformers', the preferred ones first. */
export const WEIGHTS_FILES = [SAFETENSORS_FILE, TORCH_FILE, 'model.safetensors', 'pytorch_model.bin'].flatMap(
  (file) => [file, `${file}${INDEX}`],
);

/** Whether it is the name of an index of weights in several files. */
export function isIndex(file: string): boolean {
  return file.endsWith(INDEX);
}

/**
 * Opens the weights of a checkpoint: the file that was chosen, or the first of {@link WEIGHTS_FILES} that a directory
 * has whose content can be read. Reads headers only. Tensors have open_clip's names, whatever wrapper or library saved them.
 * @param onWarning called where a file cannot be read and another one is taken, and where a file holds other weights too
 * @throws {CheckpointNotFoundError} if there is none
 * @throws {BiomedClipError} what is wrong with the first one, where none can be read
 */
export async function openCheckpoint(
  directory: FileDirectory,
  onWarning: OnWarning = warnOnConsole,
): Promise<Checkpoint> {
  const files = directory.weights === undefined ? WEIGHTS_FILES : [directory.weights];
  const faults: BiomedClipError[] = [];
  for (const file of files) {
    try {
      const checkpoint = await openWeights(directory, file, onWarning);
      if (!checkpoint) continue;
      for (const fault of faults) onWarning(new WeightsPassedOverError(checkpoint.file, fault));
      return checkpoint;
    } catch (error) {
      if (!(error instanceof BiomedClipError) || NOT_THE_FILE.some((type) => error instanceof type))
        throw error;
      faults.push(error);
    }
  }
  const named = files.filter((file) => !isIndex(file) || file === directory.weights);
  throw faults[0] ?? new CheckpointNotFoundError(directory.name, named);
}

/** What says nothing of a file's content: another file in its place would be another model without need. */
const NOT_THE_FILE = [AbortedError, FileReadError, FileChangedError, HttpStatusError, RangeNotSupportedError];

/** Undefined where there is no such file. */
async function openWeights(
  directory: FileDirectory,
  file: string,
  onWarning: OnWarning,
): Promise<Checkpoint | undefined> {
  const open = (name: string) => openFile(directory, name, onWarning);
  const checkpoint = isIndex(file) ? await openSharded(directory, file, open) : await open(file);
  if (!checkpoint) return undefined;
  try {
    return inOpenClipNames(withoutPrefixes(checkpoint));
  } catch (error) {
    await checkpoint.close();
    throw error;
  }
}

/** One file, with the names that are in it. */
async function openFile(
  directory: FileDirectory,
  file: string,
  onWarning: OnWarning,
): Promise<Checkpoint | undefined> {
  const source = await directory.open(file);
  if (!source) return undefined;
  try {
    const kind = await kindOfWeights(source);
    return await (kind === 'safetensors' ? openSafetensors(source) : openTorchZip(source, onWarning));
  } catch (error) {
    await source.close();
    throw error;
  }
}
