import { ArchiveError } from '../../archives/errors.ts';
import { throwIfAborted } from '../../errors.ts';
import { ImageInputError, NonFiniteOutputError, TextCleaningError } from '../../model/errors.ts';
import type { ImageOptions } from '../cli/image-options.ts';
import { Output, type Session } from '../cli/session.ts';
import { stdoutSink } from '../cli/standard-streams.ts';
import { type ModelOptions, withModel } from '../cli/with-model.ts';
import { DifferentCheckpointsError, UsageError } from '../errors.ts';
import { askedShards, type IndexedShard, shardsOf } from '../shards/asked-shards.ts';
import { InputChangedError, ShardsLeftError } from '../shards/errors.ts';
import { type CommitOutcome, Ledger } from '../shards/ledger.ts';
import { readPlan } from '../shards/plan.ts';
import { scheduledPlace, type WorkerPlace } from '../shards/worker-place.ts';
import type { BatchOptions } from './embed-batch.ts';
import { type EmbeddedShard, embedShard, type ShardWork } from './embed-shard.ts';
import { sourceOf } from './search-model.ts';

interface ShardsOptions extends ModelOptions, ImageOptions, BatchOptions {
  readonly out: string;
  /** `asked`: standard input says which shards, one after the other. */
  readonly shard?: WorkerPlace | 'asked';
  readonly tries: number;
}

/**
 * Embeds this worker's shards, but those that are done.
 * @throws {ShardsLeftError} where some are left
 * @throws {BiomedClipError} for what would fail other shards too, such as a full disk
 */
export async function embedShards(file: string, options: ShardsOptions, session: Session): Promise<void> {
  const plan = await readPlan(file);
  const ledger = await Ledger.open(options.out, plan);
  const output = new Output(session.io, options);
  if (options.shard === 'asked') return embedAsked(ledger, options, session, output);
  const place = options.shard ?? scheduledPlace(process.env, plan.shards.length);
  const shards = shardsOf(plan).filter(({ index }) => index % place.of === place.index);
  const by = 'by' in place ? `, by ${String(place.by)}` : '';
  output.note(`worker ${place.index} of ${place.of}${by}: ${shards.length} of ${plan.shards.length} shards`);
  const tally = new Tally();
  await embedAll(ledger, shards.values(), tally, options, session);
  output.progress.end();
  tally.expectNoneLeft(options.out);
  output.result(
    { out: options.out, plan: plan.id, worker: place, shards: shards.length, ...tally.counts() },
    `${shards.length} shards are done: ${tally.text()}\nresults ${options.out}`,
  );
}

/** Tells on standard output what became of each shard, a line of JSON each. */
async function embedAsked(ledger: Ledger, options: ShardsOptions, session: Session, output: Output) {
  const stdout = stdoutSink(session.io);
  const tally = new Tally((became) => stdout.write(Buffer.from(`${JSON.stringify(became)}\n`)));
  await embedAll(ledger, askedShards(ledger.plan, session.io.stdin, session.signal), tally, options, session);
  throwIfAborted(session.signal);
  output.note(tally.text());
  tally.expectNoneLeft(options.out);
}

/** `done` before this worker came to it; of the outcomes, `same` and `other` are another worker's result. */
type Became = CommitOutcome | 'done' | 'failed' | 'parked';

interface ShardNews {
  readonly shard: number;
  readonly id: string;
  readonly became: Became;
  readonly error?: string;
}

/** What became of a worker's shards. */
class Tally {
  readonly #news: ShardNews[] = [];

  constructor(private readonly tell: (news: ShardNews) => Promise<void> = async () => {}) {}

  async add({ index, id }: IndexedShard, became: Became, error?: string): Promise<void> {
    const news = { shard: index, id, became, ...(error !== undefined && { error }) };
    this.#news.push(news);
    await this.tell(news);
  }

  counts(): Readonly<Record<Became, number>> {
    const count = (became: Became) => this.#news.filter((news) => news.became === became).length;
    const [done, committed, same, other] = [count('done'), count('committed'), count('same'), count('other')];
    return { done, committed, same, other, failed: count('failed'), parked: count('parked') };
  }

  text(): string {
    const { done, committed, same, other } = this.counts();
    const meanwhile = same + other > 0 ? [`${same + other} by another worker meanwhile`] : [];
    return [`${committed} now`, `${done} before`, ...meanwhile].join(', ');
  }

  /** @throws {ShardsLeftError} */
  expectNoneLeft(folder: string): void {
    const failed = this.#news.flatMap(({ shard, became, error = '' }) =>
      became === 'failed' ? { shard, error } : [],
    );
    const parked = this.#news.flatMap(({ shard, became }) => (became === 'parked' ? shard : []));
    if (failed.length + parked.length > 0) throw new ShardsLeftError(folder, failed, parked);
  }
}

/** Embeds what is not done. The model is loaded once there is such a shard. */
async function embedAll(
  ledger: Ledger,
  shards: Iterator<IndexedShard> | AsyncIterator<IndexedShard>,
  tally: Tally,
  options: ShardsOptions,
  session: Session,
): Promise<void> {
  const nextLeft = async () => {
    for (;;) {
      throwIfAborted(session.signal);
      const { value, done } = await shards.next();
      if (done) return undefined;
      if (!(await ledger.commitOf(value))) return value as IndexedShard;
      await tally.add(value, 'done');
    }
  };
  const first = await nextLeft();
  if (!first) return;
  await withPlannedModel(ledger, options, session, async (work) => {
    for (let shard: IndexedShard | undefined = first; shard; shard = await nextLeft()) {
      await tryShard(ledger, shard, tally, work);
    }
  });
}

interface Work extends ShardWork {
  readonly options: ShardsOptions;
}

/** @throws {UsageError} for a model that cannot be found by its name @throws {DifferentCheckpointsError} */
async function withPlannedModel(
  { plan }: Ledger,
  options: ShardsOptions,
  session: Session,
  use: (work: Work) => Promise<void>,
): Promise<void> {
  const { recipe, provenance } = plan;
  const source = options.model ?? (await sourceOf(recipe.model, provenance?.model?.revision, session));
  if (source === undefined) {
    throw new UsageError(`${plan.file} is for the model "${recipe.model}"; say by --model where it lies`);
  }
  const { dtype, imageSize } = recipe;
  await withModel({ ...options, model: source, dtype, imageSize }, session, async (model, output) => {
    const { name, fingerprint } = model.info;
    if (fingerprint !== recipe.fingerprint) {
      throw new DifferentCheckpointsError(plan.file, recipe.fingerprint, `the model ${name}`, fingerprint);
    }
    await use({ options, session, model, output });
  });
}

/** Embeds a shard and commits it; a failure is kept with the tries at it. */
async function tryShard(ledger: Ledger, shard: IndexedShard, tally: Tally, work: Work): Promise<void> {
  const { output, options, session } = work;
  const attempt = await ledger.attempts.begin(shard.id, options.tries);
  if (!attempt) {
    output.warn(`shard ${shard.index} is parked: ${options.tries} tries at it failed`);
    return tally.add(shard, 'parked');
  }
  try {
    const outcome = await commitShard(ledger, shard, work);
    if (outcome === 'other') {
      output.warn(
        `shard ${shard.index}: another worker's result has other bits, as another GPU or driver makes them; it stays`,
      );
    }
    await attempt.end();
    await ledger.attempts.forget(shard.id).catch(() => {}); // of a shard that is done they count for nothing
    await tally.add(shard, outcome);
  } catch (error) {
    if (session.signal.aborted) await attempt.end();
    else await attempt.fail(error).catch(() => {}); // the disk may be full: the first error counts
    if (session.signal.aborted || !isOfInput(error)) throw error;
    output.warn(`shard ${shard.index} failed: ${error.message}`);
    await tally.add(shard, 'failed', `${error.name}: ${error.message}`);
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
