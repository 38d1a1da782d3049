import type { Command } from 'commander';
import type { Gpu } from '../../device/gpu.ts';
import { throwIfAborted } from '../../errors.ts';
import {
  type MatchCosines,
  matchCosines,
  type ShardRows,
  shardBlock,
  shardRows,
} from '../../metrics/gap/shard-block.ts';
import { momentsOf, type ShardMoments } from '../../metrics/gap/shard-moments.ts';
import { GapReduction, type ShardedGap } from '../../metrics/gap/sharded-gap.ts';
import { gapCsv } from '../../metrics/gap/table.ts';
import { gapText } from '../cli/gap-text.ts';
import type { ForceOption, FormatOption } from '../cli/out-option.ts';
import { Output, type Session } from '../cli/session.ts';
import { expectNotGiven } from '../cli/unused-options.ts';
import { type GpuOptions, withGpu } from '../cli/with-gpu.ts';
import { UsageError } from '../errors.ts';
import { listDigest, provenanceOf } from '../provenance.ts';
import { Ledger, type ShardCommit } from '../shards/ledger.ts';
import {
  type PairedShard,
  pairedShard,
  type ReadableShards,
  readableShards,
  shardEmbeddings,
} from '../shards/shard-pairs.ts';
import { checkTable, writeTable } from './table-file.ts';

export interface ShardedGapOptions extends GpuOptions, ForceOption, FormatOption {
  readonly logitScale?: number;
  readonly out?: string;
  readonly retrieval: boolean;
  readonly partial?: boolean;
}

export function addShardedOptions(command: Command): void {
  command
    .option(
      '--shards <dir>',
      'measure what embed --shards wrote, shard by shard: a folder, or s3://BUCKET/PREFIX',
    )
    .option(
      '--no-retrieval',
      'of shards: leave out what compares all rows with all, which takes the square of their number',
    )
    .option('--partial', 'of shards: measure those that are done, though others are missing');
}

/** @throws {UsageError} for what is not measured of shards */
export function expectShardedOptions(command: Command, sources: readonly string[]): void {
  if (sources.length > 0)
    throw new UsageError('--shards: its folder is measured; name no other files beside it');
  const names = ['pairBy', 'resamples', 'permutations', 'seed', 'names', 'closing'];
  expectNotGiven(command, names, 'is not for --shards, which give the values alone, of pairs by id');
}

/** Bytes of rows that are kept as queries, while all shards are read past them once. */
const QUERY_BYTES = 2 ** 29;

/** Measures the gap of shards, few of which are in memory at a time. */
export async function gapShards(folder: string, options: ShardedGapOptions, session: Session): Promise<void> {
  const output = new Output(session.io, options);
  const { out } = options;
  const target = out === undefined ? undefined : await checkTable(out, options, session);
  const read = await readableShards(await Ledger.read(folder), options.partial ?? false);
  if (read.missing.length > 0)
    output.warn(`${folder}: ${read.missing.length} shards are missing, and not measured`);
  try {
    await withGpu(options, async (gpu) => {
      const measure = () => measureShards(gpu, read, options, session, output);
      const measured =
        target === undefined
          ? await measure()
          : (
              await writeTable(target, async () => {
                const result = await measure();
                const { report } = result.gap;
                const array = { shape: [report.dim], data: Float32Array.from(report.gapVector) };
                return { result, array, lines: gapCsv(report) };
              })
            ).result;
      report(folder, read, measured, { gpu, options, session, output });
    });
  } finally {
    output.progress.end();
  }
}

interface Measured {
  readonly gap: ShardedGap;
  readonly alone: { images: number; texts: number };
}

/** The pairs of a committed shard, read when they are needed. @throws {BiomedClipError} what reading throws */
async function pairsOf(ledger: Ledger, commit: ShardCommit): Promise<PairedShard> {
  const images = await shardEmbeddings(ledger, commit, 'images');
  const texts = await shardEmbeddings(ledger, commit, 'texts');
  return pairedShard(images?.rows, texts?.rows);
}

/** What a shard adds to sums, as it was stored with it, or else computed. */
async function sumsOf(
  ledger: Ledger,
  commit: ShardCommit,
): Promise<Pick<PairedShard, 'alone'> & { moments?: ShardMoments }> {
  const { alone } = commit;
  if (alone) return { alone, moments: await ledger.momentsIn(commit) };
  const paired = await pairsOf(ledger, commit);
  return { alone: paired.alone, moments: paired.pairs && momentsOf(paired.pairs) };
}

async function measureShards(
  gpu: Gpu,
  { ledger, commits }: ReadableShards,
  { logitScale, retrieval }: ShardedGapOptions,
  { signal }: Session,
  output: Output,
): Promise<Measured> {
  const paired: ShardCommit[] = [];
  const left = { images: 0, texts: 0 };
  const reduction = new GapReduction(logitScale);
  for (const [i, commit] of commits.entries()) {
    throwIfAborted(signal);
    output.progress.update('reading shards', i, commits.length);
    const { alone, moments } = await sumsOf(ledger, commit);
    left.images += alone.images;
    left.texts += alone.texts;
    if (!moments) continue;
    reduction.addMoments(paired.length, moments);
    paired.push(commit);
  }
  if (retrieval) await compareAll(gpu, ledger, paired, reduction, { logitScale, signal, output });
  return { gap: reduction.finish(), alone: left };
}

interface CompareOptions {
  readonly logitScale?: number;
  readonly signal: AbortSignal;
  readonly output: Output;
}

interface QueryShard {
  readonly index: number;
  readonly rows: ShardRows;
  readonly matches: MatchCosines;
}

/** Compares all rows with all, some shards as queries while the others are read past them. */
async function compareAll(
  gpu: Gpu,
  ledger: Ledger,
  commits: readonly ShardCommit[],
  reduction: GapReduction,
  { logitScale, signal, output }: CompareOptions,
): Promise<void> {
  const rowsOf = async (index: number) => {
    const commit = commits[index];
    const pairs = commit && (await pairsOf(ledger, commit)).pairs;
    if (!pairs) throw new RangeError(`shard ${index} has no pairs any more`);
    return shardRows(pairs);
  };
  for (let first = 0; first < commits.length; ) {
    const queries: QueryShard[] = [];
    for (let bytes = 0; first + queries.length < commits.length && bytes < QUERY_BYTES; ) {
      const index = first + queries.length;
      const rows = await rowsOf(index);
      queries.push({ index, rows, matches: await matchCosines(gpu, rows, signal) });
      bytes += rows.rows.data.byteLength;
    }
    for (let b = 0; b < commits.length; b++) {
      throwIfAborted(signal);
      output.progress.update(
        'comparing shards',
        first * commits.length + b * queries.length,
        commits.length ** 2,
      );
      const searched = queries[b - first]?.rows ?? (await rowsOf(b));
      for (const { index, rows, matches } of queries) {
        const order = b < index ? 'before' : b === index ? 'same' : 'after';
        reduction.addBlock(
          index,
          b,
          await shardBlock(gpu, rows, searched, matches, order, { logitScale, signal }),
        );
      }
    }
    first += queries.length;
  }
}

interface Context {
  readonly gpu: Gpu;
  readonly options: ShardedGapOptions;
  readonly session: Session;
  readonly output: Output;
}

function report(
  folder: string,
  { ledger, commits, missing }: ReadableShards,
  { gap, alone }: Measured,
  { gpu, options, session, output }: Context,
): void {
  const { gapVector, ...statistics } = gap.report;
  const { matched, cosines } = gap;
  const { recipe } = ledger.plan;
  if (alone.images + alone.texts > 0) {
    output.warn(`left out, having no partner of their id: ${alone.images} images, ${alone.texts} texts`);
  }
  const counts = Object.entries({ matched, ...cosines }).map(([name, { counts }]) => [name, [...counts]]);
  output.result(
    {
      ...statistics,
      gapVector: [...gapVector],
      histogram: { from: -1, to: 1, ...Object.fromEntries(counts) },
      ...{ shards: commits.length, missing, alone, out: options.out ?? null },
      adapter: gpu.info.description,
      provenance: provenanceOf(session, {
        gpu: gpu.info,
        model: { name: recipe.model, fingerprint: recipe.fingerprint },
        inputs: { shards: listDigest(commits.map(({ sha256 }) => sha256)) },
      }),
    },
    [
      `${commits.length} shards of ${folder}`,
      gapText(gap.report),
      ...(options.out === undefined ? [] : [`written: ${options.out}`]),
    ].join('\n'),
  );
}
