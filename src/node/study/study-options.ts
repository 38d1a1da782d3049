import type { CaptionOptions } from '../cli/caption-options.ts';
import type { ImageOptions } from '../cli/image-options.ts';
import type { ForceOption } from '../cli/out-option.ts';
import type { ModelOptions } from '../cli/with-model.ts';

export interface StudyOptions extends ModelOptions, ImageOptions, CaptionOptions, ForceOption {
  readonly out: string;
  readonly first?: number;
  readonly batchSize?: number;
  readonly onError: 'skip' | 'fail';
  readonly perplexity?: number;
  readonly maxIter?: number;
  readonly seed?: number;
  /** `auto`, or a file that close-gap fit wrote. */
  readonly closing?: string;
}
