import type { ClosingMethod } from '../closing-data.ts';
import { METHODS } from './methods.ts';

interface Known {
  readonly method: ClosingMethod;
  readonly strength?: number;
  /** Of the modality with fewer. */
  readonly rows: number;
  readonly dim: number;
  /** Undefined if no groups were given. */
  readonly groups: number | undefined;
  /** False where held-out figures were asked for, and there are none. */
  readonly judged: boolean;
}

/** Fewer rows give no covariance worth a step along it. */
export const FEWEST_FOR_A_STEP = 30;
/** Fewer classes, patients or concepts are learned by heart: on others the map does harm. */
const FEWEST_GROUPS = 100;

/**
 * What speaks against a closing, by rows and groups. The limits are measured on the default model
 * (docs/closing-the-gap.md).
 */
export function closingWarnings({ method, strength = 1, rows, dim, groups, judged }: Known): string[] {
  const warnings: string[] = [];
  if (!judged) {
    warnings.push(
      'there are no held-out figures and no logit scale: too few pairs or groups, or too few that differ, to fit without a part of them',
    );
  }
  if (rows < FEWEST_FOR_A_STEP) {
    warnings.push(
      `${rows} rows tell no more than the means, and nothing can be claimed from so few; use method 'center', or at least ${FEWEST_FOR_A_STEP} rows`,
    );
  } else if (METHODS[method].paired && rows < dim / 2) {
    warnings.push(
      `'${method}' does harm below D / 2 = ${dim / 2} pairs, and there are ${rows}; use method 'local'`,
    );
  } else if (METHODS[method].paired && rows < 5 * dim) {
    warnings.push(
      `'${method}' is better than 'transport' from about 5 D = ${5 * dim} pairs on, and there are ${rows}`,
    );
  } else if (method === 'transport' && strength > 0.5 && rows < dim / 2) {
    warnings.push(
      `transport at ${strength} needs about D / 2 = ${dim / 2} rows, and there are ${rows}; use 0.25`,
    );
  }
  if (HOLDS_FOR_NEW.includes(method)) return warnings;
  if (groups === undefined) {
    warnings.push(
      'no groups were given, so the held-out figures are of subjects that the fit has seen; on new ones it may do harm',
    );
  } else if (groups < FEWEST_GROUPS) {
    warnings.push(
      `${groups} groups are few: '${method}' learns them, and subjects it has not seen lose; read the figures by group`,
    );
  }
  return warnings;
}

/** What costs subjects that were not seen nothing to speak of. */
const HOLDS_FOR_NEW: readonly ClosingMethod[] = ['shift', 'center', 'realign', 'standardise', 'local'];
