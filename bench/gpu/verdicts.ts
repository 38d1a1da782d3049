import type { RooflineReport } from '../roofline.ts';
import { type Bar, type Figure, judge } from './bars.ts';
import type { StepEnd } from './budget.ts';
import { variantOf } from './parity.ts';
import { type Findings, ORT, type RateRow, type Tower, towerOf, type Work } from './report.ts';
import { UNITS } from './variants.ts';

const TOWERS: readonly Tower[] = ['images', 'texts'];
/** Below it ONNX Runtime's provider computes something else, and its time is no measure. */
const LEAST_PEER_COSINE = 0.999;

/** The bars by what was found so far, each by the batch that is the furthest behind. */
export function barsOf(findings: Findings, steps: readonly StepEnd[]): Bar[] {
  return [
    ...TOWERS.map((tower) => ortBar(findings, tower, whyNot(steps, ORT))),
    ...TOWERS.map((tower) => torchBar(findings, tower, whyNot(steps, 'PyTorch'))),
    gemmBar(findings.roofline, whyNot(steps, 'roofline')),
  ];
}

function ortBar({ ort }: Findings, tower: Tower, why: string): Bar {
  const figures = ort.filter(({ work }) => towerOf(work) === tower).flatMap(ratioToOrt);
  return judge({ name: `${tower}: f32 over ${ORT}`, atLeast: 1.5, unit: 'x' }, figures, why);
}

function ratioToOrt(row: RateRow): Figure[] {
  const theirs = row.peers.find(({ name }) => name === ORT);
  const ours = row.peers.find(({ name }) => variantOf(name) === 'f32');
  if (!theirs || !ours || !(theirs.parity >= LEAST_PEER_COSINE)) return [];
  return [{ at: placeOf(row), value: ours.perSecond / theirs.perSecond }];
}

function torchBar({ rates, torch, variants }: Findings, tower: Tower, why: string): Bar {
  const bar = { name: `${tower}: ${UNITS}, over PyTorch fp16 eager`, atLeast: 1, unit: 'x' } as const;
  if (torch && torch.device !== 'cuda') return judge(bar, [], `PyTorch ran on ${torch.name}`);
  const absent = variants.find(({ name }) => name === UNITS)?.absent;
  if (absent !== undefined) return judge(bar, [], absent);
  const figures = rates
    .filter(({ work }) => towerOf(work) === tower)
    .flatMap((row) => {
      const ours = row.peers.find(({ name }) => variantOf(name) === UNITS)?.perSecond;
      const theirs = eagerRate(torch, row);
      return ours === undefined || theirs === undefined ? [] : [{ at: placeOf(row), value: ours / theirs }];
    });
  return judge(bar, figures, why);
}

function eagerRate(torch: Findings['torch'], { work, batch }: RateRow): number | undefined {
  const same = (row: { work: Work; batch: number; mode: string }) =>
    row.work === work && row.batch === batch && row.mode === 'fp16 eager';
  return torch?.rows.find(same)?.perSecond;
}

/** Of the image tower in f16, all products together, the sums of split ones included. */
function gemmBar(roofline: RooflineReport | undefined, why: string): Bar {
  const bar = { name: 'GEMM of the image tower, f16, of the matrix peak', atLeast: 60, unit: '%' } as const;
  const pass = roofline?.passes.find(({ dtype }) => dtype === 'f16');
  if (!roofline || !pass) return judge(bar, [], why);
  if (roofline.matrixGflops === undefined) return judge(bar, [], 'the adapter offers no matrix units');
  const gemms = pass.kernels.filter(({ label }) => label.startsWith('gemm'));
  const gflop = gemms.reduce((sum, kernel) => sum + (kernel.gflop ?? 0), 0);
  const milliseconds = gemms.reduce((sum, kernel) => sum + kernel.milliseconds, 0);
  const value = (100 * 1000 * gflop) / milliseconds / roofline.matrixGflops;
  return judge(bar, [{ at: `${roofline.images} images`, value }], 'no product was timed');
}

function placeOf({ work, batch }: RateRow): string {
  return `${work}, batch ${batch}`;
}

function whyNot(steps: readonly StepEnd[], name: string): string {
  const step = steps.find((one) => one.name === name);
  if (!step) return 'not reached';
  return step.why === undefined ? 'no batch was measured by both' : `${step.became}: ${step.why}`;
}
