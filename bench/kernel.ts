import type { Dtype } from '../src/api.ts';
import { requestGpu } from '../src/device/adapter.ts';
import type { Gpu } from '../src/device/gpu.ts';
import { type KernelTime, profileProgram } from '../src/device/profile.ts';
import { throwIfAborted } from '../src/errors.ts';
import { excerpt } from '../src/excerpt.ts';
import { storagesFor } from '../src/model/storages.ts';
import { UsageError } from '../src/node/errors.ts';
import { platform as nodePlatform } from '../src/node/platform.ts';
import { KERNEL_CASES, type PreparedKernel } from './kernel-cases.ts';
import { ParityError } from './peer-errors.ts';
import { measurePeaks, type Peaks } from './roofline/peaks.ts';
import { ofPeaks } from './roofline.ts';
import { type Spread, spreadOf } from './statistics.ts';
import { table } from './table.ts';

export interface KernelOptions {
  /** A key of `KERNEL_CASES`. */
  readonly kernel: string;
  /** Its sizes with an x between them, such as `1576x3072x768`. */
  readonly shape: string;
  readonly dtype: Dtype;
  readonly adapter?: string;
  readonly rounds: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (message: string) => void;
}

/** One kernel by shape: first held against double precision, then timed. */
export interface KernelReport extends Peaks {
  readonly date: string;
  readonly adapter: string;
  readonly node: string;
  readonly kernel: string;
  readonly shape: string;
  readonly dtype: Dtype;
  /** Elements that were held against the judge. */
  readonly checked: number;
  /** The largest difference, over the root mean square of what was expected. */
  readonly error: number;
  /** GPU time of a run, all dispatches together. */
  readonly milliseconds: Spread;
  readonly dispatches: readonly Pick<KernelTime, 'label' | 'dispatches'>[];
  /** GFLOP/s at the median; `gflops` is the adapter's peak. */
  readonly rate: number;
  /** GB/s at the median, each value read and written once; `copyGBs` is the adapter's peak. */
  readonly gbs: number;
  /** The time that the peaks allow over the median. */
  readonly ofRoof: number;
}

/** The most elements that are compared. */
const CHECKED = 2048;
/** In f32, of sums of some thousand terms. */
const TOLERANCE = 1e-4;

/**
 * @throws {UsageError} for a kernel that is not known, or a shape that is not its
 * @throws {ParityError} where the result is not what the judge computes; nothing is timed then
 */
export async function benchKernel(options: KernelOptions): Promise<KernelReport> {
  const { kernel, shape, dtype, adapter, onProgress = () => {} } = options;
  const { prepare, sizes } = caseOf(kernel, shape);
  if (dtype === 'q8' && kernel !== 'gemm') throw new UsageError(`only gemm has weights in q8, not ${kernel}`);
  const gpu = await requestGpu(await nodePlatform.gpu({ adapter, toggles: [] }));
  try {
    onProgress('the adapter’s peaks');
    const peaks = await measurePeaks(gpu);
    const prepared = await prepare(gpu, sizes, storagesFor(gpu, dtype).matrices);
    onProgress(`${kernel} ${shape}`);
    const { checked, error, times } = await timed(gpu, prepared, options);
    const milliseconds = spreadOf(times.map((run) => run.reduce((sum, time) => sum + time.milliseconds, 0)));
    const [first = []] = times;
    const onUnits = first.some((time) => time.kernel === 'gemm-matrix');
    const { gflops: rate, gbs, ofRoof } = ofPeaks(prepared.work, milliseconds.median, peaks, onUnits);
    return {
      date: new Date().toISOString(),
      adapter: gpu.info.description,
      node: process.version,
      kernel,
      shape,
      dtype,
      ...peaks,
      checked,
      error,
      milliseconds,
      dispatches: first.map(({ label, dispatches }) => ({ label, dispatches })),
      rate,
      gbs,
      ofRoof,
    };
  } finally {
    gpu.destroy();
  }
}

/** Runs it once for the judge, then `rounds` times for the clock. */
export async function timed(
  gpu: Gpu,
  prepared: PreparedKernel,
  { kernel, shape, rounds, signal }: KernelOptions,
) {
  const program = await gpu.record(`bench ${kernel}`, (cmd) => ({
    inputs: {},
    outputs: { y: prepared.record(cmd) },
  }));
  try {
    prepared.reset?.();
    const { y } = await program.run();
    const { checked, error } = compare(prepared.read?.(y) ?? y, prepared.expected);
    if (!(error <= TOLERANCE)) throw new ParityError(`${kernel} ${shape}`, error, TOLERANCE);
    const times: KernelTime[][] = [];
    for (let round = 0; round < rounds; round++) {
      throwIfAborted(signal);
      prepared.reset?.();
      times.push(await profileProgram(program));
    }
    return { checked, error, times };
  } finally {
    program.destroy();
  }
}

function caseOf(kernel: string, shape: string) {
  const found = Object.hasOwn(KERNEL_CASES, kernel) ? KERNEL_CASES[kernel] : undefined;
  if (!found)
    throw new UsageError(
      `kernel must be one of ${Object.keys(KERNEL_CASES).join(', ')}, got ${excerpt(kernel)}`,
    );
  const sizes = /^[1-9]\d*(x[1-9]\d*)*$/.test(shape) ? shape.split('x').map(Number) : [];
  if (sizes.length !== found.sizes.length || !sizes.every(Number.isSafeInteger)) {
    throw new UsageError(
      `shape must be ${found.sizes.join('x')} of ${kernel}, such as ${example(found)}, got ${excerpt(shape)}`,
    );
  }
  return { prepare: found.prepare, sizes };
}

function example({ sizes }: { readonly sizes: readonly string[] }): string {
  return [197, 768, 3072].slice(0, sizes.length).join('x');
}

/** Elements spread over all of the output; the last is one of them. */
function compare(y: Float32Array, expected: (i: number) => number): { checked: number; error: number } {
  const checked = Math.min(CHECKED, y.length);
  let [largest, squares] = [0, 0];
  for (let n = 1; n <= checked; n++) {
    const i = Math.floor((n * y.length) / checked) - 1;
    const right = expected(i);
    const difference = Math.abs((y[i] ?? Number.NaN) - right);
    largest = Number.isNaN(difference) ? difference : Math.max(largest, difference);
    squares += right * right;
  }
  return { checked, error: largest / Math.sqrt(squares / checked) };
}

export function kernelTable(report: KernelReport): string {
  const { kernel, shape, dtype, milliseconds, rate, gbs, ofRoof, gflops, copyGBs } = report;
  const head = [
    `adapter: ${report.adapter}; node ${report.node}; ${report.date}`,
    `peaks: ${gflops.toFixed(1)} GFLOP/s of multiply-adds in f32, ${copyGBs.toFixed(1)} GB/s copied`,
    `${report.checked} elements held against double precision: largest error ${report.error.toExponential(1)} of their size`,
    `dispatches: ${report.dispatches.map(({ label, dispatches }) => `${dispatches} x ${label}`).join(', ')}`,
  ];
  const cells = [
    `${kernel} ${shape}, ${dtype}`,
    milliseconds.median.toFixed(3),
    `${milliseconds.min.toFixed(3)} to ${milliseconds.max.toFixed(3)}`,
    rate.toFixed(2),
    `${((100 * rate) / gflops).toFixed(1)} %`,
    gbs.toFixed(2),
    `${((100 * gbs) / copyGBs).toFixed(1)} %`,
    `${(100 * ofRoof).toFixed(1)} %`,
  ];
  const columns = [
    'kernel',
    'median ms',
    'min to max ms',
    'GFLOP/s',
    'of FMA peak',
    'GB/s',
    'of copy',
    'of roof',
  ];
  return `${head.join('\n')}\n\n${table('', columns, [cells]).trim()}`;
}
