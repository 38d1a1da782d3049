import { InvalidOptionError } from '../../errors.ts';
import { type TsneOptions, type TsneProgress, tsneSettings } from '../../metrics/tsne/options.ts';
import type { ForceOption, FormatOption } from '../cli/out-option.ts';
import type { Output } from '../cli/session.ts';
import type { GpuOptions } from '../cli/with-gpu.ts';
import { UsageError } from '../errors.ts';

type MapOptions = Pick<
  TsneOptions,
  | 'perplexity'
  | 'angle'
  | 'earlyExaggeration'
  | 'exaggeration'
  | 'learningRate'
  | 'maxIter'
  | 'nIterWithoutProgress'
  | 'minGradNorm'
  | 'metric'
  | 'seed'
  | 'method'
  | 'neighbors'
>;

export interface TsneCommandOptions extends GpuOptions, MapOptions, ForceOption, FormatOption {
  readonly init: 'pca' | 'random';
  readonly out: string;
}

const STAGES = {
  start: 'finding the start',
  neighbours: 'finding neighbours',
  probabilities: 'fitting perplexity',
  iterations: 'iterating',
};

export function showProgress(output: Output, { stage, done, total }: TsneProgress): void {
  output.progress.update(STAGES[stage], done, total);
}

/** @throws {UsageError} for a number that the option does not take, before a device is opened */
export function checkSettings(rows: number, options: Omit<TsneCommandOptions, 'out'>): void {
  try {
    tsneSettings(rows, options);
  } catch (error) {
    throw error instanceof InvalidOptionError ? new UsageError(error.message) : error;
  }
}
