import { platform as nodePlatform } from '../../src/node/platform.ts';
import type { OnnxSession } from '../onnx/onnx-session.ts';
import { shareDriver } from '../onnx/share-driver.ts';
import { type RaceResult, race } from '../race.ts';
import { type Contest, imageContest, textContest } from '../tower-contests.ts';
import { TEXT_LENGTHS } from '../tower-inputs.ts';
import { parityWith, variantOf } from './parity.ts';
import { type Findings, ORT, rightOf, towerOf, type Work } from './report.ts';
import type { Variants } from './variants.ts';

export interface RateOptions {
  readonly variants: Variants;
  readonly findings: Findings;
  readonly batches: readonly number[];
  readonly rounds: number;
  readonly signal: AbortSignal;
  readonly onProgress: (message: string) => void;
}

const WORKS: readonly Work[] = ['images', 'captions', 'prompts'];
/** Between runs of two Dawns on one GPU. */
const SETTLE_MS = 20;

/** Images and texts a second of each variant that is right, batch by batch, each batch's rows compared again. */
export async function measureRates(options: RateOptions): Promise<void> {
  for (const batch of options.batches) {
    for (const work of WORKS) await measure(work, batch, options, 'rates');
  }
}

/** ONNX Runtime's WebGPU provider and ours in turn; it computes in f32. */
export async function measureOrt(options: RateOptions & { readonly adapter?: string }): Promise<void> {
  shareDriver(await nodePlatform.gpu({ adapter: options.adapter, toggles: [] }));
  for (const works of [['images'], ['captions', 'prompts']] as const) {
    const { reference, ours } = contestOf(works[0], 1, options);
    if (ours.length === 0) continue;
    const session = await reference('webgpu');
    try {
      for (const batch of options.batches) {
        for (const work of works) await measure(work, batch, options, 'ort', session);
      }
    } finally {
      await session.release();
    }
  }
}

/** A batch that cannot be run, for want of memory say, is told and does not end the others. */
async function measure(
  work: Work,
  batch: number,
  options: RateOptions,
  into: 'rates' | 'ort',
  session?: OnnxSession,
): Promise<void> {
  const { findings, signal, onProgress } = options;
  const contest = contestOf(work, batch, options);
  if (contest.ours.length === 0) return;
  const { name, ort } = contest;
  onProgress(`${name}, batch ${batch}${session ? `, beside ${ORT}` : ''}`);
  const row = { work, name, batch };
  try {
    const theirs = session ? [{ name: ORT, run: () => ort(session) }] : [];
    const results = await timed({ ...contest, ours: [...theirs, ...contest.ours] }, options);
    findings[into].push({ ...row, peers: onlyRight(results, work, batch, findings) });
  } catch (error) {
    if (signal.aborted) throw error;
    findings[into].push({
      ...row,
      peers: [],
      failed: error instanceof Error ? error.message : String(error),
    });
  }
}

function contestOf(work: Work, batch: number, { variants, findings }: RateOptions): Contest {
  const parts = variants.parts(rightOf(findings.parity, towerOf(work)));
  return work === 'images' ? imageContest(parts, batch) : textContest(parts, work, TEXT_LENGTHS[work], batch);
}

/** The first of ours judges, which is f32 unless that is wrong. */
function timed({ ours, items }: Contest, { variants, rounds, signal }: RateOptions): Promise<RaceResult[]> {
  const judge = ours.find(({ name }) => variantOf(name) !== undefined)?.name ?? '';
  const settleMs = ours[0]?.name === ORT ? SETTLE_MS : 0;
  return race(ours, { rounds, items, dim: variants.config.embedDim, judge, settleMs, signal });
}

/** Notes variants whose rows of this batch are wrong, and leaves their times out. */
function onlyRight(
  results: readonly RaceResult[],
  work: Work,
  batch: number,
  { parity }: Findings,
): RaceResult[] {
  const judge = results.find(({ name }) => variantOf(name) !== undefined)?.name ?? '';
  return results.filter((result) => {
    if (variantOf(result.name) === undefined) return true;
    const found = parityWith(towerOf(work), result.name, judge, result.parity);
    if (!found.right) parity.push({ ...found, at: `${work}, batch ${batch}` });
    return found.right;
  });
}
