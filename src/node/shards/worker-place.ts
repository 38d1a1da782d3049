import { UsageError } from '../errors.ts';

/** Which of several workers this is: it takes every shard whose index is its own, modulo their number. */
export interface WorkerPlace {
  /** From 0 on. */
  readonly index: number;
  readonly of: number;
}

/** `3/16`: undefined for what is none. */
export function placeOf(text: string): WorkerPlace | undefined {
  const [, index, of] = /^(\d{1,9})\/(\d{1,9})$/.exec(text) ?? [];
  const place = { index: Number(index), of: Number(of) };
  return place.index < place.of ? place : undefined;
}

/**
 * The place that a scheduler gives by the environment: of a Slurm array among its tasks, of a Kubernetes indexed job the
 * index as that of a shard, since nothing says how many there are. Without either one worker does all.
 * @throws {UsageError} for an array with holes, whose tasks would leave shards out
 */
export function scheduledPlace(
  env: Readonly<Record<string, string | undefined>>,
  shards: number,
): WorkerPlace & { readonly by?: string } {
  const number = (name: string) => (/^\d+$/.test(env[name] ?? '') ? Number(env[name]) : undefined);
  const task = number('SLURM_ARRAY_TASK_ID');
  if (task !== undefined) {
    const [count, least, most] = ['COUNT', 'MIN', 'MAX'].map((name) => number(`SLURM_ARRAY_TASK_${name}`));
    const by = 'SLURM_ARRAY_TASK_ID';
    if (count === undefined || least === undefined || most === undefined) {
      return { index: task, of: Math.max(shards, task + 1), by };
    }
    const step = number('SLURM_ARRAY_TASK_STEP') ?? 1;
    if ((count - 1) * step !== most - least) {
      throw new UsageError(
        `the Slurm array has ${count} tasks from ${least} to ${most}, with holes: pass --shard I/N, such as --shard $SLURM_ARRAY_TASK_ID/${most + 1}`,
      );
    }
    return { index: (task - least) / step, of: count, by };
  }
  const completion = number('JOB_COMPLETION_INDEX');
  if (completion === undefined) return { index: 0, of: 1 };
  return { index: completion, of: Math.max(shards, completion + 1), by: 'JOB_COMPLETION_INDEX' };
}
