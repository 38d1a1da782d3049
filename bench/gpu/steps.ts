import type { DeviceInfo } from '../../src/device/adapter.ts';
import type { loadBiomedClip } from '../../src/model/load.ts';
import { benchMetrics } from '../metrics.ts';
import { decodingRate } from '../pipeline.ts';
import { benchRoofline } from '../roofline.ts';
import { benchTsne } from '../tsne.ts';
import type { Step } from './budget.ts';
import { checkParity } from './parity.ts';
import { type GpuPlan, type StepName, secondsFor } from './plan.ts';
import { measureOrt, measureRates } from './rates.ts';
import { type Findings, ORT, rightOf } from './report.ts';
import { measureTorch, torchTowers } from './torch-peer.ts';
import { VARIANTS, Variants } from './variants.ts';

/** Of a map: host work, which at 100,000 rows would otherwise take as long as the map. */
const TRUSTED_POINTS = 100;

/** What the steps work on and with. */
export interface GpuRun {
  readonly plan: GpuPlan;
  readonly findings: Findings;
  readonly device: DeviceInfo;
  readonly rehearse: boolean;
  readonly adapter?: string;
  /** Gives the checkpoint's directory, which may have to be made first. */
  readonly model: () => Promise<string>;
  /** A folder of images to decode. */
  readonly images: string;
  readonly load: typeof loadBiomedClip;
  readonly onProgress: (message: string) => void;
  path?: string;
  variants?: Variants;
}

/** In the order of worth. */
export function stepsOf(run: GpuRun): Step[] {
  const { similarity, tsne } = run.plan;
  return [
    { ...limits(run, 'load'), name: 'load', run: (signal) => load(run, signal) },
    { ...limits(run, 'parity'), name: 'parity', ...withModels(run, parity) },
    { ...limits(run, 'rates'), name: 'towers', ...withModels(run, rates, () => noneRight(run)) },
    { ...limits(run, 'ort'), name: ORT, ...withModels(run, ort, () => noneRight(run)) },
    { ...limits(run, 'torch'), name: 'PyTorch', ...withModels(run, torch, () => noTorchTowers(run)) },
    { ...limits(run, 'roofline'), name: 'roofline', ...withModels(run, roofline, () => wrongImages(run)) },
    ...similarity.map((n) => sized(run, 'similarity', n, (signal) => nearest(run, n, signal))),
    ...tsne.map((n) => sized(run, 't-SNE', n, (signal) => map(run, n, signal))),
    { ...limits(run, 'decoding'), name: 'decoding', run: (signal) => decoding(run, signal) },
  ];
}

function limits({ plan: { needs, most } }: GpuRun, step: StepName): Pick<Step, 'needs' | 'most'> {
  return { needs: needs[step], most: most[step] };
}

/** A step of one size. */
function sized(run: GpuRun, what: 'similarity' | 't-SNE', n: number, work: Step['run']): Step {
  const { needs } = limits(run, what === 't-SNE' ? 'tsne' : 'similarity');
  const name = `${what}, ${n.toLocaleString('en')} rows`;
  return { name, needs: secondsFor(n, needs), run: work };
}

type ModelWork = (run: GpuRun, variants: Variants, signal: AbortSignal, seconds: number) => Promise<void>;

function withModels(
  run: GpuRun,
  work: ModelWork,
  refusal: () => string | undefined = () => undefined,
): Pick<Step, 'run' | 'refusal'> {
  return {
    refusal: () => ((run.variants?.loaded.size ?? 0) === 0 ? 'no model is loaded' : refusal()),
    run: async (signal, seconds) => {
      if (run.variants) await work(run, run.variants, signal, seconds);
    },
  };
}

/** One variant that cannot be loaded leaves the others. @throws what f32's loading throws */
async function load(run: GpuRun, signal: AbortSignal): Promise<void> {
  run.path = await run.model();
  const { path: model, adapter, device, rehearse, findings, onProgress } = run;
  run.variants = await Variants.open({ model, adapter, device, rehearse, load: run.load });
  for (const name of VARIANTS) {
    onProgress(`loading ${name}`);
    try {
      findings.variants.push(await run.variants.load(name, signal));
    } catch (error) {
      if (signal.aborted || name === 'f32') throw error;
      findings.variants.push({ name, tiles: {}, absent: `cannot be loaded: ${String(error)}` });
    }
  }
}

const parity: ModelWork = ({ findings }, variants, signal) =>
  checkParity(variants, (found) => findings.parity.push(...found), signal);

const rates: ModelWork = ({ findings, plan: { batches, rounds }, onProgress }, variants, signal) =>
  measureRates({ variants, findings, batches, rounds, signal, onProgress });

const ort: ModelWork = ({ findings, plan, adapter, onProgress }, variants, signal) => {
  const { batches } = plan;
  const rounds = Math.ceil(plan.rounds / 2); // of both, and it may be slow
  return measureOrt({ variants, findings, batches, rounds, adapter, signal, onProgress });
};

const torch: ModelWork = async ({ findings, plan: { batches, rounds } }, { config }, signal, seconds) => {
  const towers = torchTowers(config);
  if (!towers) return;
  const onFound = (report: NonNullable<Findings['torch']>) => {
    findings.torch = report;
  };
  await measureTorch({ towers, batches, rounds, seconds: 0.8 * seconds, signal, onFound });
};

const roofline: ModelWork = async ({ findings, plan, adapter, path, onProgress }, _, signal) => {
  if (path === undefined) return;
  const options = { model: path, adapter, images: plan.rooflineImages, rounds: 3, signal, onProgress };
  findings.roofline = await benchRoofline(options);
};

async function nearest({ findings, plan, adapter, onProgress }: GpuRun, n: number, signal: AbortSignal) {
  const rounds = Math.min(plan.rounds, 3);
  const options = { adapter, sizes: [n], queries: n, rounds, signal, onProgress };
  findings.similarity.push(await benchMetrics(options));
}

async function map({ findings, plan, adapter, onProgress }: GpuRun, n: number, signal: AbortSignal) {
  const alone = { seeds: 0, largestPeer: 0, largestExact: 0, trustedPoints: TRUSTED_POINTS };
  const options = { ...alone, adapter, sizes: [n], iterations: plan.tsneIterations, signal, onProgress };
  findings.tsne.push(await benchTsne(options));
}

async function decoding({ findings, plan, images }: GpuRun, signal: AbortSignal): Promise<void> {
  findings.decoding = await decodingRate(images, plan.decodingRounds, signal);
}

function noneRight({ findings: { parity } }: GpuRun): string | undefined {
  const right = [...rightOf(parity, 'images'), ...rightOf(parity, 'texts')];
  return right.length === 0 ? 'no tower was found right' : undefined;
}

/** It profiles what is loaded by default: on a GPU with tiles of the variants, in a rehearsal with those of the software adapter. */
function wrongImages({ findings: { parity }, variants }: GpuRun): string | undefined {
  const right = rightOf(parity, 'images');
  const wrong = [...(variants?.loaded.keys() ?? [])].filter((name) => !right.includes(name));
  return wrong.length === 0 ? undefined : `images in ${wrong.join(' and in ')} were not found right`;
}

function noTorchTowers({ variants }: GpuRun): string | undefined {
  const there = variants && torchTowers(variants.config);
  return there ? undefined : 'there is a peer of timm’s ViT with a BERT alone';
}
