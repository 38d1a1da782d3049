import { Fields, LEAST_F32 } from './config-fields.ts';
import type { ImageTowerConfig } from './tower-config.ts';

/** OPENAI_DATASET_MEAN and _STD, the default of open_clip, and of transformers for a CLIP. */
export const OPENAI = {
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
} as const;

/**
 * What is subtracted from pixels of 0 to 1, and what they are then divided by: the GPU computes it in f32. Where there
 * are no fields the defaults.
 * @throws {ConfigFieldError}
 */
export function normalization(
  fields: Fields | undefined,
  meanField = 'mean',
  stdField = 'std',
  usual: Readonly<Record<'mean' | 'std', readonly number[]>> = OPENAI,
): Pick<ImageTowerConfig, 'mean' | 'std'> {
  const named = fields ?? Fields.parse('', '{}');
  const inF32 = (value: number) => Number.isFinite(Math.fround(value));
  const mean = named.triple(meanField, usual.mean, 'numbers that f32 holds', inF32);
  const positive = (value: number) => Math.fround(value) >= LEAST_F32 && inF32(value);
  const std = named.triple(stdField, usual.std, 'positive numbers that f32 holds', positive);
  if (!std.every((value, c) => inF32((1 + Math.abs(mean[c] as number)) / value))) {
    throw named.error(stdField, 'three numbers by which (pixel - mean) / std fits f32', std);
  }
  return { mean, std };
}
