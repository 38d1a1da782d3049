import { createInterface } from 'node:readline';
import { isJsonObject } from '../../arguments.ts';
import { UsageError } from '../errors.ts';
import type { InputStream } from '../input-file.ts';
import type { PlannedShard, ShardPlan } from './plan.ts';

/** A shard, and its place in the plan. */
export interface IndexedShard extends PlannedShard {
  readonly index: number;
}

export function shardsOf({ shards }: ShardPlan): IndexedShard[] {
  return shards.map((shard, index) => ({ ...shard, index }));
}

/**
 * The shards that a stream asks for, a line each: an index, or an object with it as `shard`. So any program that hands
 * out lines, such as Spark's pipe, can hand out shards.
 * @throws {UsageError} for a terminal, and for another line
 */
export async function* askedShards(
  plan: ShardPlan,
  stdin: InputStream | undefined,
  signal: AbortSignal,
): AsyncGenerator<IndexedShard, undefined> {
  if (!stdin || stdin.isTTY) {
    throw new UsageError(
      '--shard - reads the indices of shards from standard input, which is a terminal; pipe them into it',
    );
  }
  const shards = shardsOf(plan);
  let line = 0;
  for await (const text of createInterface({ input: stdin, signal })) {
    line += 1;
    if (text.trim() === '') continue;
    const shard = shards[indexIn(text)];
    if (!shard) {
      throw new UsageError(
        `standard input, line ${line}: must be the index of a shard, 0 to ${shards.length - 1}, or {"shard": index}`,
      );
    }
    yield shard;
  }
  return undefined;
}

/** NaN for what is none. */
function indexIn(text: string): number {
  try {
    const value: unknown = JSON.parse(text);
    const index = isJsonObject(value) ? value.shard : value;
    return typeof index === 'number' ? index : Number.NaN;
  } catch {
    return Number.NaN;
  }
}
