import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isIndex, openCheckpoint, WEIGHTS_FILES } from '../../weights/checkpoint.ts';
import { CONFIG_FILE, HF_CONFIG_FILE } from '../../weights/config-text.ts';
import { fingerprintOf } from '../../weights/fingerprint.ts';
import { PREPROCESSOR_FILE } from '../../weights/hf-fields.ts';
import { usualDtype as dtypeOf } from '../../weights/int8.ts';
import type { Dtype } from '../api.ts';
import { withGivenConfig } from '../model/given-config.ts';
import { TOKENIZER_FILES } from '../text/tokenizers.ts';
import { fileStamp } from './file-stamp.ts';
import { hubNameIn, openDirectory } from './platform.ts';

/** Identifies the checkpoint that was loaded. */
export interface CheckpointIdentity {
  readonly fingerprint: string;
  /** The `fileStamp` of each file: while all are equal, so is the fingerprint. */
  readonly stamps?: Readonly<Record<string, string>>;
}

/** Which checkpoint is loaded: the options of commands. */
export interface CheckpointChoice {
  /** Its directory, weights file, URL or name. */
  readonly model: string;
  /** The file of its configuration, where it lies elsewhere. */
  readonly config?: string;
  /** The side of its images, where it is not the checkpoint's. */
  readonly imageSize?: number;
}

/** Every file that loading opens, but those that an index of weights names. */
export const CHECKPOINT_FILES = [
  CONFIG_FILE,
  HF_CONFIG_FILE,
  PREPROCESSOR_FILE,
  ...WEIGHTS_FILES,
  ...TOKENIZER_FILES,
];

/**
 * The stamps of a checkpoint's files; undefined if a file has none, and for what is no directory of files that are known:
 * a URL, a model by name, a weights file, a configuration that lies elsewhere, weights in several files, images of
 * another size.
 */
export async function checkpointStamps({
  model,
  config,
  imageSize,
}: CheckpointChoice): Promise<Record<string, string> | undefined> {
  if (config !== undefined || imageSize !== undefined) return undefined;
  if (/^https?:/.test(model) || hubNameIn(model)) return undefined;
  const directory = model.startsWith('file:') ? fileURLToPath(model) : model;
  if (!(await stat(directory).catch(() => undefined))?.isDirectory()) return undefined;
  const stamps: Record<string, string> = {};
  for (const file of CHECKPOINT_FILES) {
    const stats = await stat(join(directory, file), { bigint: true }).catch(() => undefined);
    if (!stats) continue;
    const stamp = isIndex(file) ? undefined : fileStamp(stats);
    if (stamp === undefined) return undefined;
    stamps[file] = stamp;
  }
  return stamps;
}

/**
 * Whether a checkpoint is unchanged: by its files' stamps, else by its content, which means reading all of it.
 * @throws {BiomedClipError} what loading it would throw, where it cannot be read
 */
export async function isSameCheckpoint(
  choice: CheckpointChoice,
  { fingerprint, stamps }: CheckpointIdentity,
  signal: AbortSignal,
): Promise<boolean> {
  if (sameStamps(stamps, await checkpointStamps(choice))) return true;
  return (await checkpointFingerprint(choice, signal)) === fingerprint;
}

/** What loading it would give as `model.info.fingerprint`, without a GPU. @throws {BiomedClipError} what loading it would throw */
export async function checkpointFingerprint(
  { model, config, imageSize }: CheckpointChoice,
  signal: AbortSignal,
): Promise<string> {
  const directory = await openDirectory(model, { signal });
  const configured = await withGivenConfig({ openDirectory }, directory, config);
  return fingerprintOf(configured, { signal, imageSize });
}

/** The dtype that the checkpoint is loaded in where none is asked for. */
export async function usualDtype(source: string, signal: AbortSignal): Promise<Dtype> {
  const checkpoint = await openCheckpoint(await openDirectory(source, { signal }), () => {});
  try {
    return dtypeOf(checkpoint);
  } finally {
    await checkpoint.close();
  }
}

/** Whether both are known, and no file was added, removed or changed. */
export function sameStamps(
  a: Readonly<Record<string, string>> | undefined,
  b: Readonly<Record<string, string>> | undefined,
): boolean {
  return a !== undefined && b !== undefined && CHECKPOINT_FILES.every((file) => a[file] === b[file]);
}
