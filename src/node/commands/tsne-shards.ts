import { type Command, Option } from 'commander';
import type { Gpu } from '../../device/gpu.ts';
import { throwIfAborted } from '../../errors.ts';
import { sampleOf } from '../../metrics/random.ts';
import { type MappedPoints, tsneTransform } from '../../metrics/tsne/transform.ts';
import { tsne } from '../../metrics/tsne/tsne.ts';
import { selectRows, stackRows, type Vectors } from '../../metrics/vectors.ts';
import { positiveInteger } from '../cli/number-options.ts';
import { Output, type Session } from '../cli/session.ts';
import { withGpu } from '../cli/with-gpu.ts';
import { csvLine } from '../csv-text.ts';
import { UsageError } from '../errors.ts';
import type { RowsFile } from '../manifest.ts';
import { listDigest, provenanceOf } from '../provenance.ts';
import { Ledger, type ShardCommit } from '../shards/ledger.ts';
import { type ReadableShards, readableShards, shardEmbeddings } from '../shards/shard-pairs.ts';
import { checkTable, writeMatrix } from './table-file.ts';
import { checkSettings, showProgress, type TsneCommandOptions } from './tsne-map.ts';

export interface ShardedTsneOptions extends TsneCommandOptions {
  readonly landmarks: number;
  readonly rows?: RowsFile;
  readonly partial?: boolean;
}

/** Options that say something of shards alone, as commander names them. */
export const OF_SHARDS = ['landmarks', 'rows', 'partial'];

export function addShardedOptions(command: Command): void {
  command
    .option(
      '--shards <dir>',
      'map what embed --shards wrote, in a folder or at s3://BUCKET/PREFIX: a sample by t-SNE, and all other rows into its map',
    )
    .option('--landmarks <n>', 'of shards: rows of the sample, which --seed draws', positiveInteger, 10_000)
    .addOption(new Option('--rows <kind>', 'of shards: these alone').choices(['images', 'texts']))
    .option('--partial', 'of shards: map those that are done, though others are missing');
}

/** Rows of one kind in a shard, of which some are landmarks. */
interface Part {
  readonly shard: number;
  readonly kind: RowsFile;
  /** Its first row among all rows. */
  readonly first: number;
  readonly count: number;
  /** The first of the landmarks that is in it or behind it, and the first behind it. */
  readonly landmarks: readonly [from: number, to: number];
}

/** Maps the rows of shards, a shard in memory at a time: landmarks by t-SNE, the others by their neighbours among these. */
export async function tsneShards(
  folder: string,
  options: ShardedTsneOptions,
  session: Session,
): Promise<void> {
  const output = new Output(session.io, options);
  const target = await checkTable(options.out, options, session);
  const read = await readableShards(await Ledger.read(folder), options.partial ?? false);
  const { commits, missing } = read;
  if (missing.length > 0) output.warn(`${folder}: ${missing.length} shards are missing, and not mapped`);
  const kinds: readonly RowsFile[] = options.rows ? [options.rows] : ['images', 'texts'];
  const total = rowsOfKinds(commits, kinds);
  if (total === 0) throw new UsageError(`${folder}: has no ${kinds.join(' or ')} to map`);
  const sample = sampleOf(options.seed ?? 0, options.landmarks, total);
  checkSettings(sample.length, options);
  const parts = partsOf(read, kinds, sample);
  try {
    await withGpu(options, async (gpu) => {
      const start = performance.now();
      const work = { gpu, read, parts, sample, options, session, output };
      const map = await mapOfLandmarks(work);
      await writeMatrix(target, [total, 2], (add) => placeAll(work, map, add), 'kind,id,landmark,x,y');
      report(work, total, map, (performance.now() - start) / 1000);
    });
  } finally {
    output.progress.end();
  }
}

function rowsOfKinds(commits: readonly ShardCommit[], kinds: readonly RowsFile[]): number {
  return commits.reduce((sum, commit) => sum + kinds.reduce((rows, kind) => rows + commit[kind], 0), 0);
}

function report(
  { gpu, read, sample, options, session, output }: Work,
  total: number,
  { klDivergence, iterations }: LandmarkMap,
  seconds: number,
): void {
  const { commits, missing, ledger } = read;
  const { model: name, fingerprint } = ledger.plan.recipe;
  output.result(
    {
      ...{ out: options.out, rows: total, landmarks: sample.length, klDivergence, iterations },
      ...{ shards: commits.length, missing, adapter: gpu.info.description },
      provenance: provenanceOf(session, {
        ...{ seed: options.seed ?? 0, gpu: gpu.info, model: { name, fingerprint } },
        inputs: { shards: listDigest(commits.map(({ sha256 }) => sha256)) },
      }),
      seconds,
    },
    `${total} points of ${commits.length} shards, ${sample.length} of them landmarks, in ${seconds.toFixed(1)} s, ` +
      `KL divergence ${klDivergence.toFixed(4)} of the landmarks: ${options.out}`,
  );
}

function partsOf({ commits }: ReadableShards, kinds: readonly RowsFile[], sample: Uint32Array): Part[] {
  const parts: Part[] = [];
  let [first, from] = [0, 0];
  for (const [shard, commit] of commits.entries()) {
    for (const kind of kinds) {
      const count = commit[kind];
      let to = from;
      while ((sample[to] ?? Number.POSITIVE_INFINITY) < first + count) to++;
      if (count > 0) parts.push({ shard, kind, first, count, landmarks: [from, to] });
      [first, from] = [first + count, to];
    }
  }
  return parts;
}

interface Work {
  readonly gpu: Gpu;
  readonly read: ReadableShards;
  readonly parts: readonly Part[];
  /** The landmarks among all rows, ascending. */
  readonly sample: Uint32Array;
  readonly options: ShardedTsneOptions;
  readonly session: Session;
  readonly output: Output;
}

interface LandmarkMap extends MappedPoints {
  readonly klDivergence: number;
  readonly iterations: number;
}

async function mapOfLandmarks(work: Work): Promise<LandmarkMap> {
  const { gpu, parts, options, session, output } = work;
  const rows: Vectors[] = [];
  for (const [i, part] of parts.entries()) {
    output.progress.update('reading landmarks', i, parts.length);
    const [from, to] = part.landmarks;
    if (to > from) rows.push(selectRows(await rowsOf(part, work), landmarksIn(part, work)));
  }
  const x = stackRows(rows);
  const { signal } = session;
  const onProgress = (progress: Parameters<typeof showProgress>[1]) => showProgress(output, progress);
  const { embedding, klDivergence, iterations } = await tsne(gpu, x, { ...options, signal, onProgress });
  return { x, embedding, klDivergence, iterations };
}

/** Gives the places of all rows, part by part. */
async function placeAll(
  work: Work,
  map: MappedPoints,
  add: (values: Float32Array, leads: readonly string[]) => Promise<void>,
): Promise<void> {
  const { gpu, parts, options, session, output } = work;
  const { perplexity, metric } = options;
  for (const [i, part] of parts.entries()) {
    output.progress.update('placing rows', i, parts.length);
    const rows = await rowsOf(part, work);
    const landmarks = new Set(landmarksIn(part, work));
    const others = Array.from({ length: part.count }, (_, row) => row).filter((row) => !landmarks.has(row));
    const { signal } = session;
    const placed = await tsneTransform(gpu, map, selectRows(rows, others), { perplexity, metric, signal });
    const places = new Float32Array(2 * part.count);
    const [from, to] = part.landmarks;
    const known = map.embedding.subarray(2 * from, 2 * to);
    for (const [at, row] of [...landmarks].entries()) places.set(known.subarray(2 * at, 2 * at + 2), 2 * row);
    for (const [at, row] of others.entries())
      places.set(placed.embedding.subarray(2 * at, 2 * at + 2), 2 * row);
    const leads = rows.ids.map((id, row) => csvLine([part.kind, id, landmarks.has(row) ? '1' : '0']));
    await add(places, leads);
  }
}

/** Which rows of a part are landmarks, ascending. */
function landmarksIn({ first, landmarks: [from, to] }: Part, { sample }: Work): number[] {
  return Array.from(sample.subarray(from, to), (row) => row - first);
}

async function rowsOf({ shard, kind, count }: Part, { read, session }: Work) {
  throwIfAborted(session.signal);
  const commit = read.commits[shard];
  const found = commit && (await shardEmbeddings(read.ledger, commit, kind));
  if (found?.rows.rows !== count) throw new UsageError(`${commit?.file}: has no ${count} ${kind} any more`);
  return found.rows;
}
