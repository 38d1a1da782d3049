import { version } from '../../package.json';
import { requestGpu } from '../../src/device/adapter.ts';
import { loadBiomedClip } from '../../src/model/load.ts';
import { platform as nodePlatform } from '../../src/node/platform.ts';
import { TowerParityError } from '../peer-errors.ts';
import { runSteps, type StepEnd } from './budget.ts';
import { wrongText } from './parity.ts';
import { FULL, type GpuPlan, SHORT } from './plan.ts';
import type { Findings, GpuReport } from './report.ts';
import { type GpuRun, stepsOf } from './steps.ts';
import { barsOf } from './verdicts.ts';

export interface GpuBenchOptions {
  /** Gives a checkpoint's directory; asked within the budget, since it may have to be made. */
  readonly model: () => Promise<string>;
  /** A folder of images to decode. */
  readonly images: string;
  readonly adapter?: string;
  /** For all of it; default 8. */
  readonly minutes?: number;
  /** Small batches and sizes; a software adapter is taken for a GPU, so that the GPU's kernels run. */
  readonly short?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (message: string) => void;
  /** After each step, with all that was found so far. */
  readonly onFound?: (report: GpuReport) => Promise<void>;
  /** Instead of the usual or the short one, for tests. */
  readonly plan?: GpuPlan;
  /** Instead of `loadBiomedClip`, for tests. */
  readonly load?: typeof loadBiomedClip;
}

/**
 * All that is worth measuring on a GPU which is there for minutes: parity, rates beside ONNX Runtime and PyTorch, each kernel beside
 * the adapter's peaks, similarity, t-SNE and decoding, in the order of worth and within a budget.
 * @throws {NoAdapterError}
 */
export async function benchGpu(options: GpuBenchOptions): Promise<GpuReport> {
  const { minutes = 8, short = false, signal, onProgress = () => {}, onFound = async () => {} } = options;
  const begun = performance.now();
  const gpu = await requestGpu(await nodePlatform.gpu({ adapter: options.adapter, toggles: [] }));
  const { info: device } = gpu;
  gpu.destroy();
  const { plan = short ? SHORT : FULL } = options;
  const run: GpuRun = {
    ...{ plan, device, rehearse: short && device.software, findings: nothing() },
    ...{ adapter: options.adapter, model: options.model, images: options.images },
    ...{ load: options.load ?? loadBiomedClip, onProgress },
  };
  const ends: StepEnd[] = [];
  const report = () => reportOf(run, ends, minutes, (performance.now() - begun) / 1000);
  try {
    await runSteps(stepsOf(run), {
      seconds: 60 * minutes - (performance.now() - begun) / 1000,
      signal,
      onBegin: (name) => onProgress(`${name}: begins`),
      onEnd: async (end) => {
        ends.push(end);
        onProgress(`${end.name}: ${end.became}${end.why === undefined ? '' : ` (${end.why})`}`);
        await onFound(report());
      },
    });
    return report();
  } finally {
    run.variants?.destroy();
  }
}

/** @throws {TowerParityError} for a tower that is wrong, and where loading or parity failed or was cut off */
export function expectRight({ parity, steps }: Pick<GpuReport, 'parity' | 'steps'>): void {
  const failed = steps.filter(
    ({ name, became }) => /^(load|parity)$/.test(name) && /^(failed|cut off)$/.test(became),
  );
  const problems = [
    ...failed.map(({ name, why }) => `${name} failed: ${why}`),
    ...parity.filter(({ right }) => !right).map(wrongText),
  ];
  if (problems.length > 0) throw new TowerParityError(problems);
}

function nothing(): Findings {
  return { variants: [], parity: [], rates: [], ort: [], similarity: [], tsne: [] };
}

function reportOf(run: GpuRun, steps: readonly StepEnd[], minutes: number, seconds: number): GpuReport {
  const { findings, device, rehearse: rehearsal, path: model = '' } = run;
  const { description: adapter, subgroupMatrices } = device;
  return {
    date: new Date().toISOString(),
    version,
    node: process.version,
    adapter,
    subgroupMatrices,
    rehearsal,
    model,
    minutes,
    seconds,
    steps: [...steps],
    bars: barsOf(findings, steps),
    ...findings,
  };
}
