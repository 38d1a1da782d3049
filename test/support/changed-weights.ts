import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openCheckpoint, SAFETENSORS_FILE } from '../../weights/checkpoint.ts';
import { safetensorsPieces } from '../../weights/safetensors-writer.ts';
import type { TensorDtype } from '../../weights/tensor-info.ts';
import { memoryDirectory } from './memory-directory.ts';

export type Files = Map<string, Uint8Array>;

export interface Stored {
  dtype: TensorDtype;
  shape: readonly number[];
  data: Uint8Array;
}

/** A directory's files in memory. */
export async function filesOf(path: string): Promise<Files> {
  const files: Files = new Map();
  for (const file of await readdir(path)) files.set(file, new Uint8Array(await readFile(join(path, file))));
  return files;
}

/** A checkpoint with its tensors changed. */
export async function changedWeights(
  files: Files,
  change: (tensors: Map<string, Stored>) => void,
): Promise<Files> {
  const checkpoint = await openCheckpoint(memoryDirectory(files));
  const tensors = new Map<string, Stored>();
  for (const { name, dtype, shape, byteLength } of checkpoint.tensors.values()) {
    tensors.set(name, { dtype, shape, data: await checkpoint.read(name, 0, byteLength) });
  }
  change(tensors);
  const entries = [...tensors].map(([name, { data, ...rest }]) => ({ name, ...rest, pieces: () => [data] }));
  const bytes: Uint8Array[] = [];
  for await (const piece of safetensorsPieces(entries)) bytes.push(piece);
  return new Map(files).set(SAFETENSORS_FILE, new Uint8Array(Buffer.concat(bytes)));
}

export function setValue(tensors: Map<string, Stored>, name: string, index: number, value: number): void {
  const data = tensors.get(name)?.data;
  if (!data) throw new Error(`there is no tensor ${name}`);
  new DataView(data.buffer, data.byteOffset).setFloat32(4 * index, value, true);
}
