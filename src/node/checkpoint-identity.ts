import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BERT_CONFIG_FILE } from '../../weights/bert-json.ts';
import { openCheckpoint, SAFETENSORS_FILE, TORCH_FILE } from '../../weights/checkpoint.ts';
import { CONFIG_FILE } from '../../weights/config.ts';
import { fingerprintOf } from '../../weights/fingerprint.ts';
import { usualDtype as dtypeOf } from '../../weights/int8.ts';
import type { Dtype } from '../api.ts';
import { TOKENIZER_FILES } from '../text/tokenizers.ts';
import { fileStamp } from './file-stamp.ts';
import { hubNameIn, openDirectory } from './platform.ts';

/** Identifies the checkpoint that was loaded. */
export interface CheckpointIdentity {
  readonly fingerprint: string;
  /** The `fileStamp` of each file: while all are equal, so is the fingerprint. */
  readonly stamps?: Readonly<Record<string, string>>;
}

/** Every file that loading opens. */
export const CHECKPOINT_FILES = [
  CONFIG_FILE,
  BERT_CONFIG_FILE,
  SAFETENSORS_FILE,
  TORCH_FILE,
  ...TOKENIZER_FILES,
];

/** The stamps of a checkpoint's files; undefined if a file has none, and for a URL or a model by name. */
export async function checkpointStamps(source: string): Promise<Record<string, string> | undefined> {
  if (/^https?:/.test(source) || hubNameIn(source)) return undefined;
  const directory = source.startsWith('file:') ? fileURLToPath(source) : source;
  const stamps: Record<string, string> = {};
  for (const file of CHECKPOINT_FILES) {
    const stats = await stat(join(directory, file), { bigint: true }).catch(() => undefined);
    if (!stats) continue;
    const stamp = fileStamp(stats);
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
  source: string,
  { fingerprint, stamps }: CheckpointIdentity,
  signal: AbortSignal,
): Promise<boolean> {
  if (sameStamps(stamps, await checkpointStamps(source))) return true;
  return (await fingerprintOf(await openDirectory(source, { signal }), signal)) === fingerprint;
}

/** The dtype that the checkpoint is loaded in where none is asked for. */
export async function usualDtype(source: string, signal: AbortSignal): Promise<Dtype> {
  const checkpoint = await openCheckpoint(await openDirectory(source, { signal }));
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
