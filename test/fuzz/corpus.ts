import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Target } from './target.ts';

const FOLDER = join(import.meta.dirname, 'corpus');

/** Files of a target that are kept: what once was wrong, and what reaches places that its seeds do not. */
export async function corpusOf({ name }: Pick<Target, 'name'>): Promise<Uint8Array[]> {
  const files = await readdir(join(FOLDER, name)).catch(() => []);
  return Promise.all(
    files.sort().map(async (file) => new Uint8Array(await readFile(join(FOLDER, name, file)))),
  );
}

/** @param prefix `found-` of what once was wrong, which is kept whatever its size @returns its path */
export async function keep({ name }: Pick<Target, 'name'>, bytes: Uint8Array, prefix = ''): Promise<string> {
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
  await mkdir(join(FOLDER, name), { recursive: true });
  const path = join(FOLDER, name, `${prefix}${digest}`);
  await writeFile(path, bytes);
  return path;
}
