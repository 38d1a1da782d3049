import type { ModelInfo } from '../api.ts';
import type { DeviceLostError } from '../device/errors.ts';
import { BiomedClipError } from '../errors.ts';

/** Images or texts for a model that was loaded without that tower. */
export class TowerNotLoadedError extends BiomedClipError {
  static override readonly name: string = 'TowerNotLoadedError';

  constructor(
    readonly model: string,
    readonly tower: 'image' | 'text',
  ) {
    const other = tower === 'image' ? 'text' : 'image';
    super(
      `${model} was loaded with towers: '${other}', so it embeds no ${tower}s; load it with towers: 'both'`,
    );
  }
}

/** An entry of `texts` that is no text. */
export class TextInputError extends BiomedClipError {
  static override readonly name: string = 'TextInputError';

  constructor(
    readonly index: number,
    readonly actual: unknown,
  ) {
    super(`texts[${index}] must be a string, or an object with a string \`text\`, got ${typeof actual}`);
  }
}

/** An input whose embedding, or the state of one of its tokens, has a NaN or an infinity. */
export class NonFiniteOutputError extends BiomedClipError {
  static override readonly name: string = 'NonFiniteOutputError';

  constructor(
    readonly kind: 'image' | 'text',
    readonly index: number,
    readonly id: string,
  ) {
    super(
      `${kind}s[${index}]${id === String(index) ? '' : ` (${id})`}: the model's output for it is not finite; ` +
        "the checkpoint's weights, or its mean and std, are too large for f32",
    );
  }
}

/** A text that could not be cleaned or tokenised. `cause` says why; the message names the input. */
export class TextCleaningError extends BiomedClipError {
  static override readonly name: string = 'TextCleaningError';

  constructor(
    readonly index: number,
    readonly id: string,
    cause: Error,
  ) {
    super(`texts[${index}]${id === String(index) ? '' : ` (${id})`}: ${cause.message}`, { cause });
  }
}

/** An image that could not be embedded. `cause` says why; the message names the input. */
export class ImageInputError extends BiomedClipError {
  static override readonly name: string = 'ImageInputError';

  constructor(
    readonly index: number,
    readonly id: string,
    cause: Error,
  ) {
    super(`images[${index}]${id === String(index) ? '' : ` (${id})`}: ${cause.message}`, { cause });
  }
}

/** A device was lost, and the model could not be loaded again on another. `cause` says why; the next call tries it again. */
export class ModelReloadError extends BiomedClipError {
  static override readonly name: string = 'ModelReloadError';

  constructor(
    readonly model: string,
    readonly lost: DeviceLostError,
    cause: unknown,
  ) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`${model}: the WebGPU device was lost (${lost.reason}), and loading it again failed: ${reason}`, {
      cause,
    });
  }
}

/** A warning: a device was lost, and the model was loaded again. What was under way is done once more. */
export class ModelReloadedError extends BiomedClipError {
  static override readonly name: string = 'ModelReloadedError';

  constructor(
    readonly model: string,
    readonly lost: DeviceLostError,
    readonly adapter: string,
  ) {
    super(`${model}: the WebGPU device was lost (${lost.reason}); the model was loaded again, on ${adapter}`);
  }
}

/** Another checkpoint lies where the model's was. */
export class ChangedCheckpointError extends BiomedClipError {
  static override readonly name: string = 'ChangedCheckpointError';

  constructor(
    /** Of the model that was loaded. */
    readonly expected: string,
    { name, fingerprint }: Pick<ModelInfo, 'name' | 'fingerprint'>,
  ) {
    super(`${name} had the fingerprint ${expected}, and has ${fingerprint} now; load it as a new model`);
  }
}
