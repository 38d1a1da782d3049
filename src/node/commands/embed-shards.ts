import { throwIfAborted } from '../../errors.ts';
import type { ImageOptions } from '../cli/image-options.ts';
import { Output, type Session } from '../cli/session.ts';
import { stdoutSink } from '../cli/standard-streams.ts';
import { type ModelOptions, withModel } from '../cli/with-model.ts';
import { DifferentCheckpointsError, UsageError } from '../errors.ts';
import { askedShards, type IndexedShard, shardsOf } from '../shards/asked-shards.ts';
import { ShardsLeftError } from '../shards/errors.ts';
import { Ledger } from '../shards/ledger.ts';
import { readPlan } from '../shards/plan.ts';
import { scheduledPlace, type WorkerPlace } from '../shards/worker-place.ts';
import type { BatchOptions } from './embed-batch.ts';
import type { ShardWork } from './embed-shard.ts';
import { sourceOf } from './search-model.ts';
import { type TryOutcome, tryShard } from './shard-tries.ts';

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
  const tally = new ShardTally();
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
  const tally = new ShardTally((became) => stdout.write(Buffer.from(`${JSON.stringify(became)}\n`)));
  await embedAll(ledger, askedShards(ledger.plan, session.io.stdin, session.signal), tally, options, session);
  throwIfAborted(session.signal);
  output.note(tally.text());
  tally.expectNoneLeft(options.out);
}

/** `done` before this worker came to it. */
type Became = TryOutcome['kind'] | 'done';

interface ShardNews {
  readonly shard: number;
  readonly id: string;
  readonly became: Became;
  readonly error?: string;
}

/** What became of a worker's shards. */
export class ShardTally {
  readonly #news: ShardNews[] = [];

  constructor(private readonly tell: (news: ShardNews) => Promise<void> = async () => {}) {}

  async add({ index, id }: IndexedShard, outcome: TryOutcome | { readonly kind: 'done' }): Promise<void> {
    const error = outcome.kind === 'failed' && `${outcome.error.name}: ${outcome.error.message}`;
    const news = { shard: index, id, became: outcome.kind, ...(error && { error }) };
    this.#news.push(news);
    await this.tell(news);
  }

  counts(): Readonly<Record<Exclude<Became, 'lost'>, number>> {
    const count = (became: Became) => this.#news.filter((news) => news.became === became).length;
    const [done, committed, same, other] = [count('done'), count('committed'), count('same'), count('other')];
    return { done, committed, same, other, failed: count('failed'), parked: count('parked') };
  }

  text(): string {
    const { done, committed, same, other } = this.counts();
    const meanwhile = same + other > 0 ? [`${same + other} by another worker meanwhile`] : [];
    return [`${committed} now`, `${done} before`, ...meanwhile].join(', ');
  }

  /** Where failed shards are tried again until they are parked. @throws {ShardsLeftError} */
  expectNoneParked(folder: string): void {
    const parked = this.#parked();
    if (parked.length > 0) throw new ShardsLeftError(folder, [], parked);
  }

  /** @throws {ShardsLeftError} */
  expectNoneLeft(folder: string): void {
    const failed = this.#news.flatMap(({ shard, became, error = '' }) =>
      became === 'failed' ? { shard, error } : [],
    );
    const parked = this.#parked();
    if (failed.length + parked.length > 0) throw new ShardsLeftError(folder, failed, parked);
  }

  #parked(): number[] {
    return this.#news.flatMap(({ shard, became }) => (became === 'parked' ? shard : []));
  }
}

/** Embeds what is not done. The model is loaded once there is such a shard. */
async function embedAll(
  ledger: Ledger,
  shards: Iterator<IndexedShard> | AsyncIterator<IndexedShard>,
  tally: ShardTally,
  options: ShardsOptions,
  session: Session,
): Promise<void> {
  const nextLeft = async () => {
    for (;;) {
      throwIfAborted(session.signal);
      const { value, done } = await shards.next();
      if (done) return undefined;
      if (!(await ledger.commitOf(value))) return value as IndexedShard;
      await tally.add(value, { kind: 'done' });
    }
  };
  const first = await nextLeft();
  if (!first) return;
  await withPlannedModel(ledger, options, session, async (work) => {
    for (let shard: IndexedShard | undefined = first; shard; shard = await nextLeft()) {
      await tally.add(shard, await tryShard(ledger, shard, work));
    }
  });
}

/** @throws {UsageError} for a model that cannot be found by its name @throws {DifferentCheckpointsError} */
export async function withPlannedModel<Options extends ShardWork['options'] & ModelOptions>(
  { plan }: Ledger,
  options: Options,
  session: Session,
  use: (work: ShardWork & { readonly options: Options }) => Promise<void>,
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
