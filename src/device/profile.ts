import { InvalidOptionError } from '../errors.ts';
import { BufferUsage, MAP_MODE_READ } from './flags.ts';
import { type BoundStep, encodeStep, type Program, type Recording } from './program.ts';

/** GPU time of a kernel's dispatches in one run of a program. */
export interface KernelTime {
  /** The kernel, and for a GEMM its M x N x K. */
  readonly label: string;
  readonly kernel: string;
  /** The parameters of its first dispatch, such as M, N and K of a GEMM. */
  readonly values: Readonly<Record<string, number>>;
  readonly dispatches: number;
  readonly milliseconds: number;
}

/** A query set holds at most 4,096 timestamps. */
const MAX_STEPS = 2048;

/**
 * Times every dispatch of a program by `timestamp-query`, each in its own pass, on the inputs that the program holds.
 * Sorted, longest first.
 * @throws {InvalidOptionError} without the feature
 */
export async function profileProgram<R extends Recording>({ gpu, steps }: Program<R>): Promise<KernelTime[]> {
  const { device } = gpu;
  if (!gpu.info.features.has('timestamp-query')) {
    throw new InvalidOptionError('adapter', 'one with timestamp-query', gpu.info.description);
  }
  const count = Math.min(steps.length, MAX_STEPS);
  const querySet = device.createQuerySet({ type: 'timestamp', count: 2 * count });
  const resolved = gpu.createBuffer(
    'timestamps',
    16 * count,
    BufferUsage.QUERY_RESOLVE | BufferUsage.COPY_SRC,
  );
  const mapped = gpu.createBuffer('timestamps', 16 * count, BufferUsage.MAP_READ | BufferUsage.COPY_DST);
  try {
    await gpu.guard('profile', () => {
      const encoder = device.createCommandEncoder({ label: 'profile' });
      for (const [i, step] of steps.slice(0, count).entries()) {
        const timestampWrites = {
          querySet,
          beginningOfPassWriteIndex: 2 * i,
          endOfPassWriteIndex: 2 * i + 1,
        };
        const pass = encoder.beginComputePass({ label: step.label, timestampWrites });
        encodeStep(pass, step);
        pass.end();
      }
      encoder.resolveQuerySet(querySet, 0, 2 * count, resolved, 0);
      encoder.copyBufferToBuffer(resolved, 0, mapped, 0, 16 * count);
      device.queue.submit([encoder.finish()]);
      return mapped.mapAsync(MAP_MODE_READ);
    });
    const times = new BigUint64Array(mapped.getMappedRange());
    return sumByLabel(steps.slice(0, count).map((step, i) => ({ step, milliseconds: span(times, i) })));
  } finally {
    querySet.destroy();
    gpu.destroyBuffer(resolved);
    gpu.destroyBuffer(mapped);
  }
}

function span(nanoseconds: BigUint64Array, i: number): number {
  return Number((nanoseconds[2 * i + 1] ?? 0n) - (nanoseconds[2 * i] ?? 0n)) / 1e6;
}

function sumByLabel(timed: readonly { step: BoundStep; milliseconds: number }[]): KernelTime[] {
  const sums = new Map<string, KernelTime>();
  for (const { step, milliseconds } of timed) {
    const { label, kernel, values } = step;
    const sum = sums.get(label) ?? { label, kernel, values, dispatches: 0, milliseconds: 0 };
    sums.set(label, {
      ...sum,
      dispatches: sum.dispatches + 1,
      milliseconds: sum.milliseconds + milliseconds,
    });
  }
  return [...sums.values()].sort((a, b) => b.milliseconds - a.milliseconds);
}
