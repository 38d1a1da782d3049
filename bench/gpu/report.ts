import type { SubgroupMatrix } from '../../src/device/adapter.ts';
import type { MetricsReport } from '../metrics.ts';
import type { DecodingRate } from '../pipeline.ts';
import type { RaceResult } from '../race.ts';
import type { RooflineReport } from '../roofline.ts';
import type { TsneReport } from '../tsne.ts';
import type { Bar } from './bars.ts';
import type { StepEnd } from './budget.ts';
import type { TorchReport } from './torch-peer.ts';
import type { VariantLoad, VariantName } from './variants.ts';

/** What a race calls ONNX Runtime's WebGPU provider. */
export const ORT = 'ORT webgpu';

export type Tower = 'images' | 'texts';
/** What is embedded; the last two are texts. */
export type Work = 'images' | 'prompts' | 'captions';

export function towerOf(work: Work): Tower {
  return work === 'images' ? 'images' : 'texts';
}

/** A variant's rows beside those of a judge. */
export interface Parity {
  readonly tower: Tower;
  readonly variant: VariantName;
  readonly judge: string;
  /** Of what, where it was found while timing. */
  readonly at?: string;
  readonly lowestCosine: number;
  readonly atLeast: number;
  readonly right: boolean;
}

/** One batch, timed; or why it could not be. */
export interface RateRow {
  readonly work: Work;
  /** Tokens of texts. */
  readonly name: string;
  readonly batch: number;
  readonly peers: readonly RaceResult[];
  readonly failed?: string;
}

/** What was found so far. */
export interface Findings {
  readonly variants: VariantLoad[];
  readonly parity: Parity[];
  readonly rates: RateRow[];
  /** ONNX Runtime's WebGPU provider and ours in turn. */
  readonly ort: RateRow[];
  torch?: TorchReport;
  roofline?: RooflineReport;
  readonly similarity: MetricsReport[];
  readonly tsne: TsneReport[];
  decoding?: DecodingRate;
}

export interface GpuReport extends Findings {
  readonly date: string;
  readonly version: string;
  readonly node: string;
  readonly adapter: string;
  /** What its matrix units multiply. */
  readonly subgroupMatrices: readonly SubgroupMatrix[];
  /** A software adapter stood in: the way was tried, and no figure is a GPU's. */
  readonly rehearsal: boolean;
  readonly model: string;
  readonly minutes: number;
  readonly seconds: number;
  readonly steps: readonly StepEnd[];
  readonly bars: readonly Bar[];
}

/** Variants of a tower that were checked, and found right by every judge. */
export function rightOf(parity: readonly Parity[], tower: Tower): VariantName[] {
  const checked = parity.filter((one) => one.tower === tower);
  const wrong = new Set(checked.filter(({ right }) => !right).map(({ variant }) => variant));
  return [...new Set(checked.map(({ variant }) => variant))].filter((variant) => !wrong.has(variant));
}
