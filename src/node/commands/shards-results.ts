import type { Command } from 'commander';
import { throwIfAborted } from '../../errors.ts';
import { addExamples } from '../cli/examples.ts';
import { listOf, naturalNumber } from '../cli/number-options.ts';
import { timeText } from '../cli/progress.ts';
import { Output, type OutputOptions, type Session } from '../cli/session.ts';
import { addOutputOptions } from '../cli/with-model.ts';
import { UsageError } from '../errors.ts';
import { ShardsNotWholeError } from '../shards/errors.ts';
import { Ledger, type ShardCommit, storedFiles } from '../shards/ledger.ts';
import type { StoredFile } from '../shards/result-store.ts';
import { type KnownShard, lastError, paceOf, type ShardState, shardStates } from '../shards/shard-states.ts';

const RESULTS = 'folder that embed --shards wrote, or s3://BUCKET/PREFIX';

export function registerShardsStatus(parent: Command, session: Session): void {
  const command = parent
    .command('status')
    .summary('what is done, runs, failed, is parked or missing')
    .description(
      'Say which shards are done, run, failed, are parked or missing, with their errors, and how long the rest takes.',
    )
    .argument('<results>', RESULTS);
  addExamples(command, [['shards status results --json', 'for a script']]);
  addOutputOptions(command).action((folder: string, options: OutputOptions) =>
    status(folder, options, session),
  );
}

export function registerShardsVerify(parent: Command, session: Session): void {
  const command = parent
    .command('verify')
    .summary('check that results are whole and complete')
    .description(
      'Read every result, and check its SHA-256 and that every shard has one. The exit code is 1 where it does not hold.',
    )
    .argument('<results>', RESULTS);
  addExamples(command, [['shards verify results', 'before the results are used']]);
  addOutputOptions(command).action((folder: string, options: OutputOptions) =>
    verify(folder, options, session),
  );
}

export function registerShardsRetry(parent: Command, session: Session): void {
  const command = parent
    .command('retry')
    .summary('have parked and failed shards tried again')
    .description('Forget the tries at parked and failed shards, so that the next worker tries them again.')
    .argument('<results>', RESULTS)
    .option('--shard <index>', 'this one alone; may be given more than once', listOf(naturalNumber));
  addExamples(command, [
    ['shards retry results', 'all that are parked or failed'],
    ['shards retry results --shard 17 --shard 203', 'two of them'],
  ]);
  addOutputOptions(command).action((folder: string, options: RetryOptions) =>
    retry(folder, options, session),
  );
}

const STATES: readonly ShardState[] = ['done', 'running', 'begun', 'failed', 'parked', 'missing'];
/** On a terminal; `--json` has all. */
const LISTED = 20;

async function status(folder: string, options: OutputOptions, { io }: Session): Promise<void> {
  const ledger = await Ledger.read(folder);
  const shards = await shardStates(ledger);
  const counts = Object.fromEntries(
    STATES.map((state) => [state, shards.filter((shard) => shard.state === state).length]),
  );
  const pace = paceOf(shards);
  const open = shards.filter(({ state }) => state !== 'done' && state !== 'missing');
  const entries = open.map((shard) => ({
    shard: shard.index,
    id: shard.shard.id,
    state: shard.state,
    error: lastError(shard),
  }));
  const { recipe, id } = ledger.plan;
  new Output(io, options).result(
    { results: folder, plan: id, ...recipe, shards: counts, ...pace, open: entries },
    [
      STATES.filter((state) => counts[state])
        .map((state) => `${counts[state]} ${state}`)
        .join(', '),
      `model   ${recipe.model}, ${recipe.dtype}`,
      ...(pace ? [`rate    ${pace.rowsPerSecond.toFixed(1)} rows/s`] : []),
      ...(pace && pace.secondsLeft > 0 ? [`left    ${timeText(pace.secondsLeft)} at that rate`] : []),
      ...entries
        .slice(0, LISTED)
        .map(
          ({ shard, state, error }) => `shard ${shard} ${state}${error === undefined ? '' : `: ${error}`}`,
        ),
      ...(entries.length > LISTED ? [`and ${entries.length - LISTED} more; --json has all`] : []),
    ].join('\n'),
  );
}

async function verify(folder: string, options: OutputOptions, { io, signal }: Session): Promise<void> {
  const ledger = await Ledger.read(folder);
  const shards = await shardStates(ledger);
  const output = new Output(io, options);
  const commits = shards.flatMap(({ commit }) => (commit ? [commit] : []));
  const damaged: { readonly file: string; readonly reason: string }[] = [];
  for (const [i, commit] of commits.entries()) {
    throwIfAborted(signal);
    output.progress.update('checking results', i, commits.length);
    for (const stored of storedFiles(commit)) {
      const reason = await damageOf(ledger, stored);
      if (reason !== undefined) damaged.push({ file: stored.file, reason });
    }
  }
  output.progress.end();
  const strays = await ledger.strays(commits);
  if (strays.length > 0) {
    output.warn(
      `${strays.length} results that no commit names, of workers that were killed; once no worker runs they may be deleted: ${strays.slice(0, 3).join(', ')}`,
    );
  }
  const missing = shards.filter(({ commit }) => !commit);
  if (damaged.length + missing.length > 0) throw notWhole(folder, damaged, missing);
  const sum = (of: (commit: ShardCommit) => number) =>
    commits.reduce((total, commit) => total + of(commit), 0);
  const totals = {
    images: sum(({ images }) => images),
    texts: sum(({ texts }) => texts),
    pairs: sum(({ pairs }) => pairs),
  };
  const skipped = sum(({ skipped }) => skipped);
  output.result(
    { results: folder, plan: ledger.plan.id, shards: shards.length, ...totals, skipped, strays },
    [
      `all ${shards.length} shards are there, and as they were written`,
      `rows    ${totals.images} images, ${totals.texts} texts, ${totals.pairs} pairs`,
      ...(skipped > 0 ? [`skipped ${skipped} inputs, see the results`] : []),
    ].join('\n'),
  );
}

/** Undefined for a file that is as its commit says. */
async function damageOf({ store }: Ledger, { file, bytes, sha256 }: StoredFile): Promise<string | undefined> {
  const found = await store.facts(file);
  if (!found) return 'is missing';
  if (found.bytes !== bytes) return `has ${found.bytes} of ${bytes} bytes`;
  return found.sha256 === sha256 ? undefined : 'has another SHA-256 than its commit says';
}

function notWhole(
  folder: string,
  damaged: readonly { readonly file: string; readonly reason: string }[],
  missing: readonly KnownShard[],
): ShardsNotWholeError {
  const indices = missing.map(({ index }) => index);
  const parked = missing.filter(({ state }) => state === 'parked').map(({ index }) => index);
  return new ShardsNotWholeError(folder, damaged, indices, parked);
}

interface RetryOptions extends OutputOptions {
  readonly shard?: readonly number[];
}

async function retry(folder: string, options: RetryOptions, { io }: Session): Promise<void> {
  const ledger = await Ledger.read(folder);
  const shards = await shardStates(ledger);
  const asked = options.shard;
  const wrong = asked?.find((index) => index >= shards.length);
  if (wrong !== undefined)
    throw new UsageError(`--shard ${wrong}: the plan has the shards 0 to ${shards.length - 1}`);
  const again = shards.filter(
    ({ index, state }) => (state === 'parked' || state === 'failed') && (asked?.includes(index) ?? true),
  );
  for (const { shard } of again) await ledger.attempts.forget(shard.id);
  const indices = again.map(({ index }) => index);
  new Output(io, options).result(
    { results: folder, retried: indices },
    indices.length === 0 ? 'no shard is parked or failed' : `to be tried again: ${indices.join(', ')}`,
  );
}
