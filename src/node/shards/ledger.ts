import { mkdir, readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isJsonObject } from '../../arguments.ts';
import type { ShardMoments } from '../../metrics/gap/shard-moments.ts';
import { OutputWriteError } from '../../platform/errors.ts';
import { systemCode } from '../errors.ts';
import { readNpyRows } from '../npy-vectors.ts';
import type { Provenance } from '../provenance.ts';
import { Attempts } from './attempts.ts';
import { LedgerError, OtherPlanError } from './errors.ts';
import { readMoments } from './moments-file.ts';
import { type OpenedPlan, type PlannedShard, readPlan, sha256Of } from './plan.ts';
import { FILE_CALLS, type FileCalls, isLeftOver, writeIfAbsent } from './store.ts';

/** A file beside the commit that names it. */
export interface StoredFile {
  /** In the same folder. */
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

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

/**
 * A folder of results: the plan, a Parquet and a commit for each shard that is done, and the tries at others. A shard is
 * done once its commit is there, and files get their names whole, and only where there is none of that name. So however
 * often a shard is embedded, one result counts.
 */
export class Ledger {
  readonly attempts: Attempts;

  private constructor(
    readonly folder: string,
    readonly plan: OpenedPlan,
    private readonly calls: FileCalls,
  ) {
    this.attempts = new Attempts(join(folder, 'tries'), calls);
  }

  /**
   * Opens the folder for a plan's results; it is made where missing.
   * @throws {OtherPlanError} where it has those of another plan, such as of another model @throws {OutputWriteError}
   */
  static async open(folder: string, plan: OpenedPlan, calls: FileCalls = FILE_CALLS): Promise<Ledger> {
    await mkdir(join(folder, 'tries'), { recursive: true }).catch((cause: unknown) => {
      throw new OutputWriteError(folder, systemCode(cause), { cause });
    });
    const path = join(folder, PLAN_FILE);
    const { file: _, ...content } = plan;
    await writeIfAbsent(path, Buffer.from(`${JSON.stringify(content, null, 1)}\n`), calls);
    const there = await readPlan(path);
    if (there.id !== plan.id) throw new OtherPlanError(folder, there, plan);
    const ledger = new Ledger(folder, plan, calls);
    await ledger.#sweep();
    return ledger;
  }

  /** The results in a folder, to be read, by the plan in it. @throws {ShardPlanError} where it has none */
  static async read(folder: string): Promise<Ledger> {
    return new Ledger(folder, await readPlan(join(folder, PLAN_FILE)), FILE_CALLS);
  }

  /** The commit of a shard, if it is done. @throws {LedgerError} for what is no commit */
  async commitOf({ id }: PlannedShard): Promise<ShardCommit | undefined> {
    const path = this.#commitPath(id);
    const text = await readFile(path, 'utf8').catch((cause: unknown) => {
      if (systemCode(cause) === 'ENOENT') return undefined;
      throw new LedgerError(path, `cannot be read: ${systemCode(cause)}`, { cause });
    });
    if (text === undefined) return undefined;
    const commit = parsed(text);
    if (commit?.shard !== id) throw new LedgerError(path, 'is no commit of this shard');
    return commit;
  }

  /** The ids of all shards that are done, by the names of their commits. */
  async committed(): Promise<ReadonlySet<string>> {
    const names = await readdir(this.folder).catch((cause: unknown) => {
      throw new LedgerError(this.folder, `cannot be read: ${systemCode(cause)}`, { cause });
    });
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
    const rows = await this.#store(id, 'parquet', parquet);
    const sums = moments && (await this.#store(id, 'moments.safetensors', moments));
    const commit: ShardCommit = {
      shard: id,
      ...rows.stored,
      ...(sums && { moments: sums.stored }),
      ...result,
    };
    const bytes = Buffer.from(`${JSON.stringify(commit, null, 1)}\n`);
    if (await writeIfAbsent(this.#commitPath(id), bytes, this.calls)) return 'committed';
    const done = await this.commitOf({ id } as PlannedShard);
    if (done?.sha256 === rows.stored.sha256) return 'same';
    for (const { stored, isNew } of sums ? [rows, sums] : [rows]) {
      if (isNew) await this.calls.rm(join(this.folder, stored.file));
    }
    return 'other';
  }

  /** Under a name by its content, so any two results agree or are apart. */
  async #store(id: string, ending: string, bytes: Uint8Array) {
    const sha256 = sha256Of(bytes);
    const file = `${id.slice(0, 16)}-${sha256.slice(0, 16)}.${ending}`;
    const isNew = await writeIfAbsent(join(this.folder, file), bytes, this.calls);
    return { stored: { file, bytes: bytes.length, sha256 }, isNew };
  }

  /** What a shard's pairs add to the statistics of all, if its commit has it. @throws {LedgerError} @throws {BiomedClipError} */
  async momentsIn({ moments }: ShardCommit): Promise<ShardMoments | undefined> {
    if (!moments) return undefined;
    const path = join(this.folder, moments.file);
    const bytes = await readFile(path).catch((cause: unknown) => {
      throw new LedgerError(path, `cannot be read: ${systemCode(cause)}`, { cause });
    });
    if (sha256Of(bytes) !== moments.sha256) throw new LedgerError(path, 'is not as its commit says');
    return readMoments(path, bytes);
  }

  /** The SHA-256 of each image of a commit, by its id. @throws {BiomedClipError} what reading it throws */
  async digestsIn({ file, images }: ShardCommit): Promise<readonly (string | undefined)[]> {
    if (images === 0) return [];
    const { origin } = await readNpyRows(join(this.folder, file), 'images');
    return (origin?.manifest.images ?? []).map(({ sha256 }) => sha256);
  }

  /** Names of results that no commit names: of workers that ended before they could commit them. */
  async strays(commits: readonly ShardCommit[]): Promise<string[]> {
    const named = new Set(commits.flatMap((commit) => storedFiles(commit).map(({ file }) => file)));
    const isResult = (name: string) => name.endsWith('.parquet') || name.endsWith('.safetensors');
    return (await readdir(this.folder)).filter((name) => isResult(name) && !named.has(name));
  }

  #commitPath(id: string): string {
    return join(this.folder, `${id}.json`);
  }

  async #sweep(): Promise<void> {
    for (const folder of [this.folder, join(this.folder, 'tries')]) {
      for (const name of await readdir(folder)) if (isLeftOver(name)) await this.calls.rm(join(folder, name));
    }
  }
}

/** The files that a commit names. */
export function storedFiles(commit: ShardCommit): readonly StoredFile[] {
  return commit.moments ? [commit, commit.moments] : [commit];
}

function parsed(text: string): ShardCommit | undefined {
  try {
    const commit: unknown = JSON.parse(text);
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
