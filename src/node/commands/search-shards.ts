import type { BiomedClip } from '../../api.ts';
import type { Gpu } from '../../device/gpu.ts';
import { throwIfAborted } from '../../errors.ts';
import { BestRows } from '../../metrics/search/best-rows.ts';
import { similarityMatrix } from '../../metrics/similarity/similarity.ts';
import type { Vectors } from '../../metrics/vectors.ts';
import type { TextOptions } from '../cli/caption-options.ts';
import type { ImageOptions } from '../cli/image-options.ts';
import type { ForceOption, FormatOption } from '../cli/out-option.ts';
import type { Output, Session } from '../cli/session.ts';
import { withGpu } from '../cli/with-gpu.ts';
import { type ModelOptions, withModel } from '../cli/with-model.ts';
import { type RowDescription, rowDescriptions } from '../embedded-rows.ts';
import { DifferentCheckpointsError, UsageError } from '../errors.ts';
import { nodeHost } from '../host.ts';
import type { RowsFile } from '../manifest.ts';
import { cautionOf, listDigest, modelName, provenanceOf } from '../provenance.ts';
import { gpuOf } from '../rows-provenance.ts';
import { Ledger } from '../shards/ledger.ts';
import { type ReadableShards, readableShards, shardEmbeddings } from '../shards/shard-pairs.ts';
import { sourceOf } from './search-model.ts';
import { embedQueries, type QueryKind, queriesOf } from './search-queries.ts';
import { type FoundRows, foundRows, hitsOf, resultsCsv, resultsText } from './search-results.ts';
import { textTarget } from './text-target.ts';

interface ShardedSearchOptions extends ModelOptions, ImageOptions, TextOptions, ForceOption, FormatOption {
  readonly topK?: number;
  readonly rows: RowsFile;
  readonly as?: QueryKind;
  readonly partial?: boolean;
}

const TOP_K = 10;

/** Searches the rows of shards, one of which is in memory at a time. */
export async function searchShards(
  folder: string,
  query: string,
  options: ShardedSearchOptions,
  session: Session,
): Promise<void> {
  const { out, rows: kind } = options;
  const target = await textTarget(options, ['csv', 'json'], session);
  const read = await readableShards(await Ledger.read(folder), options.partial ?? false);
  const { ledger, commits, missing } = read;
  const { recipe, provenance: planned } = ledger.plan;
  const total = commits.reduce((sum, commit) => sum + commit[kind], 0);
  if (total === 0) throw new UsageError(`${folder}: has no ${kind} to search`);
  const queries = await queriesOf(query, options, session);
  const model = options.model ?? (await sourceOf(recipe.model, planned?.model?.revision, session));
  if (model === undefined)
    throw new UsageError(`${folder} is of the model "${recipe.model}"; say by --model where it lies`);
  const { dtype, imageSize } = recipe;
  const loading = {
    ...options,
    model,
    dtype: options.dtype ?? dtype,
    ...(imageSize !== undefined && { imageSize }),
  };
  await withModel(loading, session, async (loaded: BiomedClip, output: Output) => {
    const { info } = loaded;
    if (info.fingerprint !== recipe.fingerprint) {
      throw new DifferentCheckpointsError(
        folder,
        recipe.fingerprint,
        `the model ${info.name}`,
        info.fingerprint,
      );
    }
    if (missing.length > 0) output.warn(`${folder}: ${missing.length} shards are missing, and not searched`);
    const { results, digest } = await withGpu(options, async (gpu) => {
      const window = options.window ?? recipe.window;
      const embedded = await embedQueries(loaded, queries, { window, gpu }, session, output);
      const k = Math.min(options.topK ?? TOP_K, total);
      const { signal } = session;
      const asked = { kind, queries: embedded.rows, names: queries.names, k, signal, output };
      return { results: await find(gpu, read, asked), digest: embedded.digest };
    });
    const inputs = { shards: listDigest(commits.map(({ sha256 }) => sha256)), queries: digest };
    const provenance = provenanceOf(session, { gpu: gpuOf(info), model: info, inputs });
    const { name, fingerprint, untrained, adapter } = info;
    const result = {
      provenance,
      ...{ model: modelName(name), fingerprint, untrained, dtype: info.dtype, adapter },
      ...{ shards: commits.length, missing, searched: total, kind, results },
    };
    await target?.write(({ format }) =>
      format === 'csv' ? resultsCsv(results) : `${JSON.stringify(result, null, 2)}\n`,
    );
    const caution = cautionOf({ name: modelName(name), untrained });
    const text =
      out === undefined
        ? resultsText(results)
        : `${results.length} ${results.length === 1 ? 'query' : 'queries'}, ${total} rows: ${out}`;
    output.result({ ...result, out: out ?? null }, caution === undefined ? text : `${text}\n(${caution})`);
  });
}

interface FindOptions {
  readonly kind: RowsFile;
  readonly queries: Vectors;
  readonly names: readonly string[];
  readonly k: number;
  readonly signal: AbortSignal;
  readonly output: Output;
}

/** In the order of the plan, so that equal cosines come in it too. */
async function find(
  gpu: Gpu,
  { ledger, commits }: ReadableShards,
  { kind, queries, names, k, signal, output }: FindOptions,
): Promise<FoundRows[]> {
  const best = new BestRows(queries.rows, k, nodeHost);
  const known = new Map<number, RowDescription & { readonly id: string }>();
  let first = 0;
  for (const [i, commit] of commits.entries()) {
    throwIfAborted(signal);
    output.progress.update('searching shards', i, commits.length);
    const shard = await shardEmbeddings(ledger, commit, kind);
    if (!shard) continue;
    const { rows, manifest } = shard;
    const topK = Math.min(k, rows.rows);
    const { indices, values } = await similarityMatrix(gpu, queries, rows, { topK, signal }, nodeHost);
    const describe = rowDescriptions({ kind, manifest });
    for (let query = 0; query < queries.rows; query++) {
      const [from, to] = [query * topK, (query + 1) * topK];
      best.merge(query, first, indices.subarray(from, to), values.subarray(from, to));
    }
    for (const row of new Set(best.rows)) {
      const own = row - first;
      if (own >= 0 && own < rows.rows) known.set(row, { id: rows.ids[own] ?? '', ...describe(own) });
    }
    first += rows.rows;
  }
  const found = { indices: best.rows, values: best.cosines, rows: queries.rows, k };
  const hits = hitsOf(found, (row) => known.get(row)?.id);
  return foundRows(names, hits, (row) => known.get(row) ?? {});
}
