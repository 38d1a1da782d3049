import { readFile } from 'node:fs/promises';
import { MemoryFile } from './memory-files.ts';

const folder = new URL('../golden/weights/', import.meta.url);

/** A file of test/golden/weights, made by make.py there. */
export async function golden(file: string): Promise<MemoryFile> {
  return new MemoryFile(file, new Uint8Array(await readFile(new URL(file, folder))));
}

export interface GoldenTensor {
  name: string;
  dtype: string;
  shape: number[];
  /** base64 */
  data: string;
}

export async function goldenTensors(): Promise<Record<string, GoldenTensor[]>> {
  return JSON.parse(await readFile(new URL('expected.json', folder), 'utf8'));
}
