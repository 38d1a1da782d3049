import { basename } from 'node:path';
import { isJsonObject } from '../../arguments.ts';
import type { ShardMoments } from '../../metrics/gap/shard-moments.ts';
import type { ByteSource } from '../../platform/files.ts';
import { readRowsWithin } from '../npy-vectors.ts';
import type { Provenance } from '../provenance.ts';
import { Attempts } from './attempts.ts';
import { LedgerError, OtherPlanError, ShardPlanError } from './errors.ts';
import { readMoments } from './moments-file.ts';
import { type OpenedPlan, type PlannedShard, planOf, sha256Of } from './plan.ts';
import { type ResultStore, resultStore, type StoredFile } from './result-store.ts';

/** What a committed shard has, its Parquet first. Written once, and never changed. */
export interface ShardCommit extends StoredFile {
  /** The shard's id. */
  readonly shard: string;
  /** Rows of each. */
  readonly images: number;
  readonly texts: number;
  readonly pairs: number;
  /** What its pairs add to the statistics of all; undefined where there are none, and of commits of earlier versions. */
  readonly moments?: StoredFile;
  /** Ids of images, and of texts, that have no partner. */
  readonly alone?: { readonly images: number; readonly texts: number };
  /** Inputs without a row; the Parquet's manifest says why. */
  readonly skipped: number;
  /** Captions that were cut. */
  readonly truncated: number;
  /** ISO 8601. */
  readonly finished: string;
  readonly seconds: number;
  /** With the digests of the inputs. */
  readonly provenance: Provenance;
}

/** What a worker made of a shard. */
export interface ShardResult extends Omit<ShardCommit, 'shard' | 'moments' | keyof StoredFile> {
  readonly parquet: Uint8Array;
  /** `momentsBytes` of its pairs. */
  readonly moments?: Uint8Array;
}

/** How a result met the ledger: it is committed; or another worker's is, of the same bits or of others. */
export type CommitOutcome = 'committed' | 'same' | 'other';

const PLAN_FILE = 'plan.json';
const TRIES = 'tries';

/**
 * A folder of results: the plan, a Parquet and a commit for each shard that is done, and the tries at others. A shard is
 * done once its commit is there, and files get their names whole, and only where there is none of that name. So however
 * often a shard is embedded, one result counts.
 */
export class Ledger {
  readonly attempts: Attempts;

  private constructor(
    readonly store: ResultStore,
    readonly plan: OpenedPlan,
  ) {
    this.attempts = new Attempts(store.within(TRIES));
  }

  /** Its name, for messages. */
  get folder(): string {
    return this.store.name;
  }

  /**
   * Opens the folder for a plan's results; it is made where missing.
   * @throws {OtherPlanError} where it has those of another plan, such as of another model @throws {OutputWriteError}
   */
  static async open(results: string | ResultStore, plan: OpenedPlan): Promise<Ledger> {
    const store = storeOf(results);
    await store.prepare();
    await store.within(TRIES).prepare();
    const { file: _, ...content } = plan;
    await store.putIfAbsent(PLAN_FILE, Buffer.from(`${JSON.stringify(content, null, 1)}\n`));
    const there = await planIn(store);
    if (there.id !== plan.id) throw new OtherPlanError(store.name, there, plan);
    return new Ledger(store, plan);
  }

  /** The results in a folder, to be read, by the plan in it. @throws {ShardPlanError} where it has none */
  static async read(results: string | ResultStore): Promise<Ledger> {
    const store = storeOf(results);
    return new Ledger(store, await planIn(store));
  }

  /** The commit of a shard, if it is done. @throws {LedgerError} for what is no commit */
  async commitOf({ id }: Pick<PlannedShard, 'id'>): Promise<ShardCommit | undefined> {
    const file = commitFile(id);
    const bytes = await this.store.get(file);
    if (!bytes) return undefined;
    const commit = parsed(bytes);
    if (commit?.shard !== id) throw new LedgerError(this.store.at(file), 'is no commit of this shard');
    return commit;
  }

  /** The ids of all shards that are done, by the names of their commits. */
  async committed(): Promise<ReadonlySet<string>> {
    const names = await this.store.list();
    return new Set(
      names.filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length)),
    );
  }

  /**
   * Puts a result under its name, and commits it unless the shard is done. A result that comes second is dropped.
   * @returns `other` where the one that is there has other bits, as from another GPU; the inputs are the same
   * @throws {OutputWriteError} and then the shard is not done
   */
  async commit({ id }: PlannedShard, { parquet, moments, ...result }: ShardResult): Promise<CommitOutcome> {
    const rows = await this.#put(id, 'parquet', parquet);
    const sums = moments && (await this.#put(id, 'moments.safetensors', moments));
    const commit: ShardCommit = {
      shard: id,
      ...rows.stored,
      ...(sums && { moments: sums.stored }),
      ...result,
    };
    const bytes = Buffer.from(`${JSON.stringify(commit, null, 1)}\n`);
    if (await this.store.putIfAbsent(commitFile(id), bytes)) return 'committed';
    const done = await this.commitOf({ id });
    if (done?.sha256 === rows.stored.sha256) return 'same';
    const isNamed = ({ file }: StoredFile) =>
      done !== undefined && storedFiles(done).some((one) => one.file === file);
    for (const { stored, isNew } of sums ? [rows, sums] : [rows]) {
      if (isNew && !isNamed(stored)) await this.store.remove(stored.file);
    }
    return 'other';
  }

  /** Under a name by its content, so any two results agree or are apart. */
  async #put(id: string, ending: string, bytes: Uint8Array) {
    const sha256 = sha256Of(bytes);
    const file = `${id.slice(0, 16)}-${sha256.slice(0, 16)}.${ending}`;
    const isNew = await this.store.putIfAbsent(file, bytes);
    return { stored: { file, bytes: bytes.length, sha256 }, isNew };
  }

  /** What a shard's pairs add to the statistics of all, if its commit has it. @throws {LedgerError} @throws {BiomedClipError} */
  async momentsIn({ moments }: ShardCommit): Promise<ShardMoments | undefined> {
    if (!moments) return undefined;
    const path = this.store.at(moments.file);
    const bytes = await this.store.get(moments.file);
    if (!bytes) throw new LedgerError(path, 'is gone');
    if (sha256Of(bytes) !== moments.sha256) throw new LedgerError(path, 'is not as its commit says');
    return readMoments(path, bytes);
  }

  /** A shard's Parquet. @throws {LedgerError} where it is gone @throws {BiomedClipError} */
  async open(commit: ShardCommit): Promise<ByteSource> {
    const source = await this.store.open(commit);
    if (source) return source;
    throw new LedgerError(this.store.at(commitFile(commit.shard)), `names ${commit.file}, which is gone`);
  }

  /** The SHA-256 of each image of a commit, by its id. @throws {BiomedClipError} what reading it throws */
  async digestsIn(commit: ShardCommit): Promise<readonly (string | undefined)[]> {
    if (commit.images === 0) return [];
    const source = await this.open(commit);
    const { origin } = await readRowsWithin(source, 'images').finally(() => source.close());
    return (origin?.manifest.images ?? []).map(({ sha256 }) => sha256);
  }

  /** Names of results that no commit names: of workers that ended before they could commit them. */
  async strays(commits: readonly ShardCommit[]): Promise<string[]> {
    const named = new Set(commits.flatMap((commit) => storedFiles(commit).map(({ file }) => file)));
    const isResult = (name: string) => name.endsWith('.parquet') || name.endsWith('.safetensors');
    return (await this.store.list()).filter((name) => isResult(name) && !named.has(name));
  }
}

function storeOf(results: string | ResultStore): ResultStore {
  return typeof results === 'string' ? resultStore(results) : results;
}

async function planIn(store: ResultStore): Promise<OpenedPlan> {
  const file = store.at(PLAN_FILE);
  const bytes = await store.get(PLAN_FILE);
  if (!bytes) throw new ShardPlanError(file, 'cannot be read: there is none');
  return planOf(bytes, file);
}

function commitFile(id: string): string {
  return `${id}.json`;
}

/** The files that a commit names. */
export function storedFiles(commit: ShardCommit): readonly StoredFile[] {
  return commit.moments ? [commit, commit.moments] : [commit];
}

function parsed(bytes: Uint8Array): ShardCommit | undefined {
  try {
    const commit: unknown = JSON.parse(Buffer.from(bytes).toString());
    const isCommit =
      isJsonObject(commit) &&
      isStored(commit) &&
      (commit.moments === undefined || isStored(commit.moments)) &&
      [commit.images, commit.texts, commit.pairs].every(Number.isSafeInteger);
    return isCommit ? (commit as unknown as ShardCommit) : undefined;
  } catch {
    return undefined;
  }
}

function isStored(value: unknown): boolean {
  if (!isJsonObject(value)) return false;
  const { file, sha256 } = value;
  return typeof file === 'string' && file === basename(file) && typeof sha256 === 'string';
}
