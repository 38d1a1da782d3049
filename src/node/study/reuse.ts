import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isImageUrl } from '../image-files.ts';
import type { Pair } from './pairs.ts';

/** What embeddings were made from. */
export interface Origin {
  readonly model: string;
  readonly dtype: string;
  readonly pairs: readonly Pair[];
}

/** Whether two sets of embeddings would be the same, the files' contents apart. */
export function sameOrigin(a: Origin, b: Origin): boolean {
  const same = (pair: Pair, i: number) =>
    pair.path === b.pairs[i]?.path && pair.caption === b.pairs[i]?.caption;
  return (
    a.model === b.model && a.dtype === b.dtype && a.pairs.length === b.pairs.length && a.pairs.every(same)
  );
}

/** Whether an image or a file of the model was changed after `since`, in milliseconds as `mtimeMs`. URLs count as kept. */
export async function changedSince({ model, pairs }: Origin, since: number): Promise<boolean> {
  const weights = await readdir(model).catch(() => []);
  const paths = [...weights.map((file) => join(model, file)), ...new Set(pairs.map(({ path }) => path))];
  for (const path of paths) {
    if (isImageUrl(path)) continue;
    const info = await stat(path).catch(() => undefined);
    if (info && info.mtimeMs > since) return true;
  }
  return false;
}
