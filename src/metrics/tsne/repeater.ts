import { encodeStep, type Program, type Recording } from '../../device/program.ts';
import { throwIfAborted } from '../../errors.ts';

/** About how long the GPU may work between two looks at the signal. */
const SUBMIT_MS = 100;

/** Runs a program many times with nothing read back, in submissions short enough for an abort to be seen soon. */
export class Repeater<R extends Recording> {
  /** Runs that one submission holds. */
  #pace = 1;

  constructor(private readonly program: Program<R>) {}

  /** @throws {AbortedError} */
  async run(times: number, signal?: AbortSignal, onProgress?: (done: number) => void): Promise<void> {
    throwIfAborted(signal);
    for (let done = 0; done < times; ) {
      const count = Math.min(this.#pace, times - done);
      const begin = performance.now();
      await this.program.gpu.guard(this.program.label, () => submit(this.program, count));
      const each = (performance.now() - begin) / count;
      this.#pace = Math.max(1, Math.min(2 * this.#pace, Math.floor(SUBMIT_MS / each)));
      done += count;
      onProgress?.(done);
      throwIfAborted(signal);
    }
  }
}

/** So many runs in one command buffer. */
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
