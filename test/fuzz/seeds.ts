import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const GOLDEN = join(import.meta.dirname, '../golden');

/** Files of a folder in `test/golden` whose names fit, no larger than `most` bytes. */
export function golden(folder: string, names: RegExp, most = 6000): () => Promise<Uint8Array[]> {
  return async () => {
    const files = (await readdir(join(GOLDEN, folder))).filter((file) => names.test(file)).sort();
    const all = await Promise.all(files.map((file) => readFile(join(GOLDEN, folder, file))));
    return all.filter((bytes) => bytes.length <= most).map((bytes) => new Uint8Array(bytes));
  };
}

/** Several sources of seeds as one. */
export function together(...all: (() => Promise<readonly Uint8Array[]>)[]): () => Promise<Uint8Array[]> {
  return async () => (await Promise.all(all.map((seeds) => seeds()))).flat();
}

/** Texts, as UTF-8. */
export function texts(...all: readonly (string | object)[]): () => Promise<Uint8Array[]> {
  const encoder = new TextEncoder();
  return async () =>
    all.map((text) => encoder.encode(typeof text === 'string' ? text : JSON.stringify(text)));
}
