import type { EmbedInputs, EmbedOptions, NamedImage, NamedText } from '../api.ts';
import {
  abortSignal,
  anything,
  boolean,
  callback,
  checkOptions,
  integerFrom,
  isObject,
  list,
  oneOf,
  type Shape,
  text,
} from '../arguments.ts';
import type { ImageWindow } from '../image/source.ts';
import { type OnWarning, warnOnConsole } from '../platform/warnings.ts';

/** `EmbedOptions` checked, with defaults filled in. */
export interface EmbedSettings extends Pick<EmbedOptions, 'signal' | 'onProgress'> {
  /** Undefined if the caller gave none. */
  readonly batchSize: number | undefined;
  readonly normalize: boolean;
  readonly tokens: boolean;
  readonly onWarning: OnWarning;
  readonly skipErrors: boolean;
}

const OPTIONS: Shape<EmbedOptions> = {
  batchSize: integerFrom(1),
  normalize: boolean,
  output: oneOf('embedding', 'tokens'),
  onError: oneOf('fail', 'skip'),
  onProgress: callback,
  onWarning: callback,
  signal: abortSignal,
};

/** @throws {InvalidOptionError} @throws {UnknownOptionError} */
export function readOptions(options: EmbedOptions): EmbedSettings {
  checkOptions('embedBatch', 'options', options, OPTIONS);
  const {
    batchSize,
    normalize = true,
    output = 'embedding',
    onError = 'fail',
    signal,
    onProgress,
    onWarning = warnOnConsole,
  } = options;
  return {
    batchSize,
    normalize,
    tokens: output === 'tokens',
    skipErrors: onError === 'skip',
    signal,
    onProgress,
    onWarning,
  };
}

const INPUTS: Shape<EmbedInputs> = { images: list, texts: list };
// Images and texts themselves are checked when they are read, so that a bad one can be skipped.
const NAMED_IMAGE: Shape<NamedImage> = {
  id: text,
  source: anything,
  window: anything,
  frame: anything,
  plane: anything,
};
const NAMED_TEXT: Shape<NamedText> = { id: text, text: anything };
const WINDOW: Shape<ImageWindow> = { low: anything, high: anything };

/** Checks the inputs. @throws {InvalidOptionError} @throws {UnknownOptionError} */
export function readInputs(inputs: EmbedInputs): Required<EmbedInputs> {
  checkOptions('embedBatch', 'inputs', inputs, INPUTS);
  const { images = [], texts = [] } = inputs;
  for (const [i, image] of images.entries()) {
    if (!isObject(image) || !('source' in image)) continue;
    checkOptions('embedBatch', `images[${i}]`, image, NAMED_IMAGE);
    if (isObject(image.window)) checkOptions('embedBatch', `images[${i}].window`, image.window, WINDOW);
  }
  for (const [i, named] of texts.entries()) {
    if (isObject(named) && 'text' in named) checkOptions('embedBatch', `texts[${i}]`, named, NAMED_TEXT);
  }
  return { images, texts };
}
