import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readNpyRows } from '../../src/node/npy-vectors.ts';
import { Ledger, type ShardCommit } from '../../src/node/shards/ledger.ts';

/** SHA-256 of each result in a folder, by its name: vectors and sums. */
export async function resultDigests(folder: string): Promise<Map<string, string>> {
  const names = (await readdir(folder)).filter((name) => /\.(parquet|safetensors)$/.test(name)).sort();
  const digests = new Map<string, string>();
  for (const name of names) {
    digests.set(
      name,
      createHash('sha256')
        .update(await readFile(join(folder, name)))
        .digest('hex'),
    );
  }
  return digests;
}

/** How many shards are committed; 0 where there is no folder yet. */
export async function shardsDone(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => /^[\da-f]{64}\.json$/.test(name)).length;
}

export async function commitsIn(folder: string): Promise<ShardCommit[]> {
  const ledger = await Ledger.read(folder);
  const commits: ShardCommit[] = [];
  for (const shard of ledger.plan.shards) {
    const commit = await ledger.commitOf(shard);
    if (!commit) throw new Error(`${folder}: ${shard.id} is not done`);
    commits.push(commit);
  }
  return commits;
}

/** What all results have: images by their SHA-256, captions by id and text, and how many rows each. */
export async function rowsIn(folder: string) {
  const [images, captions] = [new Set<string>(), new Set<string>()];
  const rows = { images: 0, texts: 0 };
  for (const { file, ...commit } of await commitsIn(folder)) {
    rows.images += commit.images;
    rows.texts += commit.texts;
    const { origin } = await readNpyRows(join(folder, file), commit.texts > 0 ? 'texts' : 'images');
    for (const { sha256 } of origin?.manifest.images ?? []) images.add(sha256 ?? '');
    for (const { id, caption } of origin?.manifest.texts ?? []) captions.add(`${id}\n${caption}`);
  }
  return { rows, images: images.size, captions: captions.size };
}
