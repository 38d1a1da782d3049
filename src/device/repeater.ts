import { throwIfAborted } from '../errors.ts';
import { encodeStep, type Program, type Recording } from './program.ts';

/** About how long a submission may take: an abort signal is checked between two. */
const SUBMIT_MS = 100;

/** Runs a program many times without reading back, in submissions short enough to notice an abort soon. */
export class Repeater<R extends Recording> {
  /** Runs of the program in one submission. */
  #pace = 1;

  constructor(private readonly program: Program<R>) {}

  /** @throws {AbortedError} */
  async run(times: number, signal?: AbortSignal, onProgress?: (done: number) => void): Promise<void> {
    throwIfAborted(signal);
    for (let done = 0; done < times; ) {
      const count = Math.min(this.#pace, times - done);
      const begin = performance.now();
      await this.program.guard(() => submit(this.program, count));
      const each = (performance.now() - begin) / count;
      this.#pace = Math.max(1, Math.min(2 * this.#pace, Math.floor(SUBMIT_MS / each)));
      done += count;
      onProgress?.(done);
      throwIfAborted(signal);
    }
  }
}

/** Submits `times` runs in one command buffer. */
function submit({ gpu, label, steps }: Program<Recording>, times: number): Promise<void> {
  const { device, counters } = gpu;
  const encoder = device.createCommandEncoder({ label });
  const pass = encoder.beginComputePass({ label });
  for (let i = 0; i < times; i++) for (const step of steps) encodeStep(pass, step);
  pass.end();
  device.queue.submit([encoder.finish()]);
  counters.dispatches += times * steps.length;
  counters.submits += 1;
  return device.queue.onSubmittedWorkDone();
}
