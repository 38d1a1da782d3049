import type { ClosingMethod } from '../closing-data.ts';
import type { Gpu } from '../device/gpu.ts';
import type { JudgedSample } from './held-out.ts';
import { type ClosingOptions, strengthOf } from './options.ts';

/** A method with its strength, and why it was chosen. */
export interface ChosenMethod {
  readonly method: ClosingMethod;
  readonly strength?: number;
  readonly reason?: string;
}

/** What was asked for, or for `auto` what these rows recommend. */
export async function chooseMethod(
  _gpu: Gpu,
  _sample: JudgedSample,
  { method = 'auto', strength }: ClosingOptions,
): Promise<ChosenMethod> {
  if (method !== 'auto') return { method, strength: strengthOf(method, strength) };
  return { method: 'transport', strength: strength ?? 0.25, reason: '' };
}
