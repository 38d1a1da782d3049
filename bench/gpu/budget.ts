import { AbortedError } from '../../src/errors.ts';
import { OnnxRuntimeMissingError } from '../onnx/errors.ts';
import { PeerMissingError } from '../peer-errors.ts';
import { TimeLimit } from './time-limit.ts';

/** A part of the run. What it finds as it goes stays where it is cut off. */
export interface Step {
  readonly name: string;
  /** Seconds without which it is not begun. */
  readonly needs: number;
  /** Seconds after which it is cut off, for the sake of the steps behind it; by default only the budget ends it. */
  readonly most?: number;
  /** Why it must not be measured; asked when its turn comes. */
  readonly refusal?: () => string | undefined;
  /** @param seconds that it may take at most */
  run(signal: AbortSignal, seconds: number): Promise<void>;
}

export interface StepEnd {
  readonly name: string;
  readonly became: 'done' | 'cut off' | 'skipped' | 'refused' | 'failed';
  readonly seconds: number;
  /** Unless it is done. */
  readonly why?: string;
}

export interface BudgetOptions {
  /** For all steps together. */
  readonly seconds: number;
  readonly signal?: AbortSignal;
  readonly onBegin?: (name: string) => void;
  /** After each step, skipped ones too. */
  readonly onEnd: (end: StepEnd) => Promise<void>;
  /** Seconds that a step has to end in once it is cut off, before it is left behind; default 30. */
  readonly grace?: number;
  /** Seconds since any moment; by default the process's clock. */
  readonly clock?: () => number;
}

/**
 * Runs steps in turn within one budget. One that no longer fits is skipped and those behind it are still asked; one that
 * fails ends alone.
 */
export async function runSteps(steps: readonly Step[], options: BudgetOptions): Promise<void> {
  const { clock = () => performance.now() / 1000 } = options;
  const end = clock() + options.seconds;
  for (const step of steps) {
    const begun = clock();
    const became = await outcome(step, end - begun, options);
    await options.onEnd({ name: step.name, seconds: clock() - begun, ...became });
  }
}

type Outcome = Pick<StepEnd, 'became' | 'why'>;

async function outcome(step: Step, left: number, options: BudgetOptions): Promise<Outcome> {
  const { signal, onBegin, grace = 30 } = options;
  if (signal?.aborted) return { became: 'skipped', why: 'interrupted' };
  const refusal = step.refusal?.();
  if (refusal !== undefined) return { became: 'refused', why: refusal };
  if (left < step.needs) {
    const rest = Math.max(0, left).toFixed(0);
    return { became: 'skipped', why: `needs ${step.needs} s, and ${rest} s of the budget were left` };
  }
  onBegin?.(step.name);
  const seconds = Math.min(left, step.most ?? left);
  const limit = new TimeLimit(seconds, grace, signal);
  try {
    await Promise.race([step.run(limit.signal, seconds), limit.hung]);
    return { became: 'done' };
  } catch (error) {
    if (signal?.aborted) return { became: 'cut off', why: 'interrupted' };
    if (limit.isOver && isAbort(error)) return { became: 'cut off', why: `after ${seconds.toFixed(0)} s` };
    return failure(error);
  } finally {
    limit.end();
  }
}

/** A peer that is not installed is no failure. */
function failure(error: unknown): Outcome {
  if (!(error instanceof Error)) return { became: 'failed', why: String(error) };
  const missing = error instanceof PeerMissingError || error instanceof OnnxRuntimeMissingError;
  if (missing) return { became: 'skipped', why: withCause(error) };
  return { became: 'failed', why: `${error.name}: ${withCause(error)}` };
}

function isAbort(error: unknown): boolean {
  return (
    error instanceof AbortedError || (error instanceof Error && /^(Abort|Timeout)Error$/.test(error.name))
  );
}

function withCause({ message, cause }: Error): string {
  return cause instanceof Error ? `${message} (${cause.message.split('\n')[0]})` : message;
}
