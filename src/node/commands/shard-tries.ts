import { ArchiveError } from '../../archives/errors.ts';
import { ImageInputError, NonFiniteOutputError, TextCleaningError } from '../../model/errors.ts';
import type { IndexedShard } from '../shards/asked-shards.ts';
import { InputChangedError } from '../shards/errors.ts';
import type { CommitOutcome, Ledger } from '../shards/ledger.ts';
import { type EmbeddedShard, embedShard, type ShardWork } from './embed-shard.ts';

/** What became of a try at a shard. */
export type TryOutcome =
  | { readonly kind: CommitOutcome }
  /** So many tries have failed before. */
  | { readonly kind: 'parked' }
  | { readonly kind: 'failed'; readonly error: Error }
  /** It was embedded, and then was not this worker's any more. */
  | { readonly kind: 'lost' };

interface Work extends ShardWork {
  readonly options: ShardWork['options'] & { readonly tries: number };
  /** Asked when a shard is embedded: false drops the result. */
  readonly mayCommit?: () => Promise<boolean>;
}

/**
 * Embeds a shard and commits it; a failure is kept with the tries at it.
 * @throws {BiomedClipError} for what would fail other shards too, such as a full disk
 */
export async function tryShard(ledger: Ledger, shard: IndexedShard, work: Work): Promise<TryOutcome> {
  const { output, options, session } = work;
  const attempt = await ledger.attempts.begin(shard.id, options.tries);
  if (!attempt) {
    output.warn(`shard ${shard.index} is parked: ${options.tries} tries at it failed`);
    return { kind: 'parked' };
  }
  try {
    const embedded = await embedShard(ledger.plan, shard, work);
    const isMine = (await work.mayCommit?.()) ?? true;
    const kind = isMine ? await commitShard(ledger, shard, embedded) : 'lost';
    if (kind === 'other') {
      output.warn(
        `shard ${shard.index}: another worker's result has other bits, as another GPU or driver makes them; it stays`,
      );
    }
    await attempt.end();
    if (kind !== 'lost') await ledger.attempts.forget(shard.id).catch(() => {}); // of a shard that is done they count for nothing
    return { kind };
  } catch (error) {
    if (session.signal.aborted) await attempt.end();
    else await attempt.fail(error).catch(() => {}); // the disk may be full: the first error counts
    if (session.signal.aborted || !isOfInput(error)) throw error;
    output.warn(`shard ${shard.index} failed: ${error.message}`);
    return { kind: 'failed', error };
  }
}

/** Whether only the shard of that input is concerned. */
function isOfInput(error: unknown): error is Error {
  const kinds = [ImageInputError, TextCleaningError, NonFiniteOutputError, InputChangedError, ArchiveError];
  return kinds.some((kind) => error instanceof kind);
}

async function commitShard(
  ledger: Ledger,
  shard: IndexedShard,
  embedded: EmbeddedShard,
): Promise<CommitOutcome> {
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
