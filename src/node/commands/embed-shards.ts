import { type Command, InvalidArgumentError } from 'commander';
import { ArchiveError } from '../../archives/errors.ts';
import { throwIfAborted } from '../../errors.ts';
import { ImageInputError, NonFiniteOutputError, TextCleaningError } from '../../model/errors.ts';
import { OF_CAPTIONS } from '../cli/caption-options.ts';
import type { ImageOptions } from '../cli/image-options.ts';
import { positiveInteger } from '../cli/number-options.ts';
import { Output, type Session } from '../cli/session.ts';
import { expectNotGiven } from '../cli/unused-options.ts';
import { type ModelOptions, withModel } from '../cli/with-model.ts';
import { DifferentCheckpointsError, UsageError } from '../errors.ts';
import { InputChangedError, ShardsLeftError } from '../shards/errors.ts';
import { type CommitOutcome, Ledger } from '../shards/ledger.ts';
import { type PlannedShard, readPlan } from '../shards/plan.ts';
import { placeOf, scheduledPlace, type WorkerPlace } from '../shards/worker-place.ts';
import type { BatchOptions } from './embed-batch.ts';
import { type EmbeddedShard, embedShard, type ShardWork } from './embed-shard.ts';
import { sourceOf } from './search-model.ts';

const TRIES = 3;

/** Options of `embed` that belong to shards. */
export function addShardOptions(command: Command): void {
  command
    .option('--shards <file>', 'embed what shards plan has cut: its plan.json')
    .option(
      '--shard <i/n>',
      'which of n workers this is, from 0 on (default: by SLURM_ARRAY_TASK_ID or JOB_COMPLETION_INDEX, else all shards)',
      shardOption,
    )
    .option('--tries <n>', 'a shard that has failed so often is parked', positiveInteger, TRIES);
}

function shardOption(text: string): WorkerPlace {
  const place = placeOf(text);
  if (place) return place;
  throw new InvalidArgumentError('It must be i/n such as 0/16, i from 0 to n - 1.');
}

/** What the plan says, so that no worker can say otherwise. */
const PLANNED = [
  ...[
    'captions',
    'recursive',
    'dicomTags',
    'closing',
    'dtype',
    'imageSize',
    'window',
    'force',
    ...OF_CAPTIONS,
  ],
  ...['frames', 'pages', 'slices', 'plane', 'labelFrom', 'groupFrom'],
  ...['tileSize', 'tileStride', 'level', 'mpp', 'tissue', 'minTissue'],
];

/** @throws {UsageError} for options that would be ignored */
export function expectShardOptions(
  command: Command,
  images: readonly string[],
  shards: string | undefined,
): void {
  if (shards === undefined) {
    expectNotGiven(
      command,
      ['shard', 'tries'],
      'is for shards; name their plan by --shards, or leave it out',
    );
    return;
  }
  if (images.length > 0)
    throw new UsageError('--shards: the plan says what is embedded; name no images beside it');
  expectNotGiven(command, PLANNED, 'is not for --shards: what is planned is embedded, as it was planned');
}

interface ShardsOptions extends ModelOptions, ImageOptions, BatchOptions {
  readonly out: string;
  readonly shard?: WorkerPlace;
  readonly tries: number;
}

/** A shard, and its place in the plan. */
interface IndexedShard extends PlannedShard {
  readonly index: number;
}

/**
 * Embeds this worker's shards, but those that are done.
 * @throws {ShardsLeftError} where some are left
 * @throws {BiomedClipError} for what would fail other shards too, such as a full disk
 */
export async function embedShards(file: string, options: ShardsOptions, session: Session): Promise<void> {
  const plan = await readPlan(file);
  const place = options.shard ?? scheduledPlace(process.env, plan.shards.length);
  const ledger = await Ledger.open(options.out, plan);
  const output = new Output(session.io, options);
  const shards = plan.shards
    .map((shard, index) => ({ ...shard, index }))
    .filter(({ index }) => index % place.of === place.index);
  const by = 'by' in place ? `, by ${String(place.by)}` : '';
  output.note(`worker ${place.index} of ${place.of}${by}: ${shards.length} of ${plan.shards.length} shards`);
  const todo: IndexedShard[] = [];
  for (const shard of shards) if (!(await ledger.commitOf(shard))) todo.push(shard);
  const tally = new Tally(shards.length - todo.length);
  if (todo.length > 0) await embedAll(ledger, todo, tally, options, session);
  output.progress.end();
  const { failed, parked } = tally;
  if (failed.length + parked.length > 0) throw new ShardsLeftError(options.out, failed, parked);
  output.result(
    { out: options.out, plan: plan.id, worker: place, shards: shards.length, ...tally.counts },
    `${shards.length} shards are done: ${tally.text()}\nresults ${options.out}`,
  );
}

/** What became of a worker's shards. */
class Tally {
  readonly counts = { committed: 0, same: 0, other: 0 };
  readonly failed: { readonly shard: number; readonly error: string }[] = [];
  readonly parked: number[] = [];

  constructor(readonly before: number) {}

  text(): string {
    const { committed, same, other } = this.counts;
    const dropped = same + other;
    return [
      `${committed} now`,
      `${this.before} before`,
      ...(dropped > 0 ? [`${dropped} by another worker meanwhile`] : []),
    ].join(', ');
  }
}

async function embedAll(
  ledger: Ledger,
  shards: readonly IndexedShard[],
  tally: Tally,
  options: ShardsOptions,
  session: Session,
): Promise<void> {
  const { recipe, provenance } = ledger.plan;
  const model = options.model ?? (await sourceOf(recipe.model, provenance?.model?.revision, session));
  if (model === undefined) {
    throw new UsageError(
      `${ledger.plan.file} is for the model "${recipe.model}"; say by --model where it lies`,
    );
  }
  const { dtype, imageSize } = recipe;
  await withModel({ ...options, model, dtype, imageSize }, session, async (loaded, output) => {
    const { name, fingerprint } = loaded.info;
    if (fingerprint !== recipe.fingerprint) {
      throw new DifferentCheckpointsError(
        ledger.plan.file,
        recipe.fingerprint,
        `the model ${name}`,
        fingerprint,
      );
    }
    for (const shard of shards) {
      throwIfAborted(session.signal);
      if (await ledger.commitOf(shard))
        tally.counts.same += 1; // of another worker, meanwhile
      else await tryShard(ledger, shard, tally, { options, session, model: loaded, output });
    }
  });
}

interface Work extends ShardWork {
  readonly options: ShardsOptions;
}

/** Embeds a shard and commits it; a failure is kept with the tries at it. */
async function tryShard(ledger: Ledger, shard: IndexedShard, tally: Tally, work: Work): Promise<void> {
  const { output, options, session } = work;
  const attempt = await ledger.attempts.begin(shard.id, options.tries);
  if (!attempt) {
    tally.parked.push(shard.index);
    return output.warn(`shard ${shard.index} is parked: ${options.tries} tries at it failed`);
  }
  try {
    const outcome = await commitShard(ledger, shard, work);
    tally.counts[outcome] += 1;
    if (outcome === 'other') {
      output.warn(
        `shard ${shard.index}: another worker's result has other bits, as another GPU or driver makes them; it stays`,
      );
    }
    await attempt.end();
  } catch (error) {
    if (session.signal.aborted) await attempt.end();
    else await attempt.fail(error).catch(() => {}); // the disk may be full: the first error counts
    if (session.signal.aborted || !isOfInput(error)) throw error;
    tally.failed.push({ shard: shard.index, error: `${error.name}: ${error.message}` });
    output.warn(`shard ${shard.index} failed: ${error.message}`);
  }
}

/** Whether only the shard of that input is concerned. */
function isOfInput(error: unknown): error is Error {
  const kinds = [ImageInputError, TextCleaningError, NonFiniteOutputError, InputChangedError, ArchiveError];
  return kinds.some((kind) => error instanceof kind);
}

async function commitShard(ledger: Ledger, shard: IndexedShard, work: Work): Promise<CommitOutcome> {
  const embedded = await embedShard(ledger.plan, shard, work);
  const outcome = await ledger.commit(shard, embedded.result);
  if (outcome === 'other') await expectSameInputs(ledger, shard, embedded);
  return outcome;
}

/** @throws {InputChangedError} where the committed result was made of other bytes */
async function expectSameInputs(ledger: Ledger, shard: IndexedShard, { result, rows }: EmbeddedShard) {
  const commit = await ledger.commitOf(shard);
  if (!commit || commit.provenance.inputs.images === result.provenance.inputs.images) return;
  const before = await ledger.digestsIn(commit);
  const image = rows.find(({ sha256 }, row) => sha256 !== before[row])?.image;
  const reason = `shard ${shard.index} is committed, and was made of other bytes`;
  throw new InputChangedError(image?.file ?? ledger.plan.list, image?.row ?? shard.line + 1, reason);
}
