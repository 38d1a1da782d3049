import type { EmbedOptions } from './api.ts';
import { InvalidOptionError } from './errors.ts';

/** `EmbedOptions` checked, with defaults filled in. */
export interface EmbedSettings extends Pick<EmbedOptions, 'signal' | 'onProgress'> {
  /** Undefined where the caller leaves the choice. */
  readonly batchSize: number | undefined;
  readonly normalize: boolean;
  readonly tokens: boolean;
  readonly skipErrors: boolean;
}

/** @throws {InvalidOptionError} */
export function readOptions(options: EmbedOptions): EmbedSettings {
  const { batchSize, normalize = true, output = 'embedding', onError = 'fail', signal, onProgress } = options;
  if (batchSize !== undefined && (!Number.isSafeInteger(batchSize) || batchSize < 1)) {
    throw new InvalidOptionError('batchSize', 'an integer of at least 1', batchSize);
  }
  if (typeof normalize !== 'boolean') throw new InvalidOptionError('normalize', 'true or false', normalize);
  if (output !== 'embedding' && output !== 'tokens') {
    throw new InvalidOptionError('output', "'embedding' or 'tokens'", output);
  }
  if (onError !== 'fail' && onError !== 'skip') {
    throw new InvalidOptionError('onError', "'fail' or 'skip'", onError);
  }
  return {
    batchSize,
    normalize,
    tokens: output === 'tokens',
    skipErrors: onError === 'skip',
    signal,
    onProgress,
  };
}
