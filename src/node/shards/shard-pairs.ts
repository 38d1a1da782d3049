import type { Embeddings } from '../../embeddings.ts';
import { PairCountError } from '../../metrics/gap/errors.ts';
import { type Pairs, readPairs } from '../../metrics/gap/pairing.ts';
import type { ByteSource } from '../../platform/files.ts';
import { type AloneIds, pairByIds } from '../cli/paired-rows.ts';
import type { Manifest, RowsFile } from '../manifest.ts';
import { readRowsWithin } from '../npy-vectors.ts';
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
  ledger: Ledger,
  commit: ShardCommit,
  kind: RowsFile,
): Promise<{ readonly rows: Embeddings; readonly manifest: Manifest } | undefined> {
  if (commit[kind] === 0) return undefined;
  const source = await ledger.open(commit);
  return resultEmbeddings(source, kind).finally(() => source.close());
}

/** The rows of one kind in a result, which has some. @throws {BiomedClipError} */
export async function resultEmbeddings(source: ByteSource, kind: RowsFile) {
  const { rows, origin } = await readRowsWithin(source, kind);
  if (!rows.ids || !origin) throw new PairCountError(0, 0);
  return { rows: { ...rows, ids: rows.ids }, manifest: origin.manifest };
}

/** The pairs of a shard, by id. */
export interface PairedShard {
  /** Undefined where no id has both. */
  readonly pairs?: Pairs;
  /** How many ids of each kind have no partner. */
  readonly alone: { readonly images: number; readonly texts: number };
}

/** @throws {PairIdsError} where an id has several images and a different number of texts */
export function pairedShard(images: Embeddings | undefined, texts: Embeddings | undefined): PairedShard {
  const known = new Set(texts?.ids);
  const paired =
    images && texts && images.ids.some((id) => known.has(id)) ? pairByIds(images, texts) : undefined;
  const alone: AloneIds = paired?.alone ?? {
    images: [...new Set(images?.ids)],
    texts: [...new Set(texts?.ids)],
  };
  return {
    ...(paired && { pairs: readPairs(paired.images, paired.texts, 'ids') }),
    alone: { images: alone.images.length, texts: alone.texts.length },
  };
}
