import { join } from 'node:path';
import type { Embeddings } from '../../embeddings.ts';
import { PairCountError } from '../../metrics/gap/errors.ts';
import type { Manifest, RowsFile } from '../manifest.ts';
import { readNpyRows } from '../npy-vectors.ts';
import { ShardsNotWholeError } from './errors.ts';
import type { Ledger, ShardCommit } from './ledger.ts';

/** The commits to read, in the order of the plan. */
export interface ReadableShards {
  readonly ledger: Ledger;
  readonly commits: readonly ShardCommit[];
  /** Shards that are not done, by index. */
  readonly missing: readonly number[];
}

/**
 * @param partial whether shards may be missing
 * @throws {ShardsNotWholeError} where some are, and may not
 */
export async function readableShards(ledger: Ledger, partial: boolean): Promise<ReadableShards> {
  const commits: ShardCommit[] = [];
  const missing: number[] = [];
  for (const [index, shard] of ledger.plan.shards.entries()) {
    const commit = await ledger.commitOf(shard);
    if (commit) commits.push(commit);
    else missing.push(index);
  }
  if (missing.length > 0 && !partial) throw new ShardsNotWholeError(ledger.folder, [], missing);
  return { ledger, commits, missing };
}

/** The rows of one kind in a shard's result, and its manifest; undefined where it has none. @throws {BiomedClipError} */
export async function shardEmbeddings(
  { folder }: Ledger,
  commit: ShardCommit,
  kind: RowsFile,
): Promise<{ readonly rows: Embeddings; readonly manifest: Manifest } | undefined> {
  if (commit[kind] === 0) return undefined;
  const { rows, origin } = await readNpyRows(join(folder, commit.file), kind);
  if (!rows.ids || !origin) throw new PairCountError(0, 0);
  return { rows: { ...rows, ids: rows.ids }, manifest: origin.manifest };
}
