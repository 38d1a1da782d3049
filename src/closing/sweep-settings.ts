import type { ClosingMethod } from '../closing-data.ts';
import type { HeadOptions } from './head/options.ts';

/** One closing to judge. */
export interface SweepSetting {
  /** How it is fitted. */
  readonly method: ClosingMethod;
  /** How far to go, from 0 to 1, of `shift` to 2. Default: the method's own. */
  readonly strength?: number;
  /** How a head is trained; of method `head` alone. Default: the defaults of `HeadOptions`. */
  readonly head?: HeadOptions;
}

const STEPS = [0.25, 0.5, 0.75, 1];
/** CLIP's logit scales, from where training ends to where the gap closes. */
const SCALES = [85, 40, 20, 10, 5];

/**
 * The shares of the gap vector (0: rows as they are), centring, the strengths of the maps of shapes, CCA, heads held to
 * the identity, and free heads over the logit scale.
 */
export const DEFAULT_SETTINGS: readonly SweepSetting[] = [
  ...[0, ...STEPS].map((strength) => ({ method: 'shift' as const, strength })),
  { method: 'center' },
  ...(['transport', 'reciprocal', 'local'] as const).flatMap((method) =>
    STEPS.map((strength) => ({ method, strength })),
  ),
  { method: 'cca' },
  ...[10, 5].map((scale) => head(scale, 0.1)),
  ...SCALES.map((scale) => head(scale, 0)),
];

function head(scale: number, identity: number): SweepSetting {
  return { method: 'head', head: { scale, identity } };
}

/** A head that nothing but the logit scale holds. */
export function isFreeHead({ method, head }: SweepSetting): boolean {
  return method === 'head' && head?.identity === 0;
}
