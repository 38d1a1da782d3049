import { OnnxRuntimeMissingError } from '../onnx/errors.ts';
import type { OnnxSession } from '../onnx/onnx-session.ts';
import { race } from '../race.ts';
import { type Contest, imageContest, textContest } from '../tower-contests.ts';
import { TEXT_LENGTHS } from '../tower-inputs.ts';
import type { Parity, Tower } from './report.ts';
import { LEAST_COSINE, VARIANTS, type VariantName, type Variants } from './variants.ts';

/** Two images, and a text of each length. */
const IMAGES = 2;
const LENGTHS = [...TEXT_LENGTHS.prompts, ...TEXT_LENGTHS.captions];

/** Both towers in each variant beside ONNX Runtime's CPU provider; where that is not installed, f16 beside f32. */
export async function checkParity(
  variants: Variants,
  onFound: (found: readonly Parity[]) => void,
  signal: AbortSignal,
): Promise<void> {
  const parts = variants.parts(VARIANTS);
  const dim = variants.config.embedDim;
  const contests: [Tower, Contest][] = [
    ['images', imageContest(parts, IMAGES)],
    ['texts', textContest(parts, 'texts', LENGTHS, LENGTHS.length)],
  ];
  for (const [tower, contest] of contests) onFound(await parityOf(tower, contest, dim, signal));
}

async function parityOf(
  tower: Tower,
  { reference, ort, ours, items }: Contest,
  dim: number,
  signal: AbortSignal,
): Promise<Parity[]> {
  const session = await sessionIfThere(reference);
  try {
    const judging = session ? [{ name: 'ORT cpu', run: () => ort(session) }] : [];
    const peers = [...judging, ...ours];
    const judge = peers[0]?.name ?? '';
    const results = await race(peers, { rounds: 0, items, dim, judge, settleMs: 0, signal });
    const found = results.slice(1).map(({ name, parity }) => parityWith(tower, name, judge, parity));
    return session ? found : amongOurselves(found);
  } finally {
    await session?.release();
  }
}

/** Where our variants judge each other and two differ, nobody knows which is right: none is. */
export function amongOurselves(found: readonly Parity[]): Parity[] {
  const [first] = found;
  const judge = first && variantOf(first.judge);
  if (!first || !judge) return [];
  const right = found.every((one) => one.right);
  const all = [...found, { ...first, variant: judge, judge: `ours ${first.variant}` }];
  return all.map((one) => ({ ...one, right }));
}

/** A peer of a race as a variant that is right or not. */
export function parityWith(tower: Tower, peer: string, judge: string, lowestCosine: number): Parity {
  const variant = variantOf(peer);
  if (variant === undefined) throw new RangeError(`${peer} is none of ours`);
  const atLeast = LEAST_COSINE[variant];
  return { tower, variant, judge, lowestCosine, atLeast, right: lowestCosine >= atLeast };
}

export function variantOf(peer: string): VariantName | undefined {
  return VARIANTS.find((name) => peer === `ours ${name}`);
}

async function sessionIfThere(reference: Contest['reference']): Promise<OnnxSession | undefined> {
  try {
    return await reference('cpu');
  } catch (error) {
    if (error instanceof OnnxRuntimeMissingError) return undefined;
    throw error;
  }
}

/** What is wrong, in words. */
export function wrongText({ tower, variant, judge, at, lowestCosine, atLeast }: Parity): string {
  const where = at === undefined ? '' : ` (${at})`;
  return `${tower} in ${variant}${where}: lowest cosine ${lowestCosine.toFixed(6)} with ${judge}, of at least ${atLeast}`;
}
