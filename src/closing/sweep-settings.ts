import type { ClosingMethod } from '../closing-data.ts';
import type { HeadFitOptions } from './methods.ts';

/** One closing to judge. */
export interface SweepSetting {
  readonly method: ClosingMethod;
  /** Default: the method's own. */
  readonly strength?: number;
  /** Of method `head`. */
  readonly head?: HeadFitOptions['head'];
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
