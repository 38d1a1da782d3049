import { BiomedClipError } from '../../src/errors.ts';
import { cut, excerpt, firstTen } from '../../src/excerpt.ts';

/** A checkpoint without a configuration beside it. */
export class ConfigNotFoundError extends BiomedClipError {
  static override readonly name: string = 'ConfigNotFoundError';

  constructor(
    readonly directory: string,
    readonly file: string,
  ) {
    super(
      `${directory}: has no ${file}; take the whole directory of the checkpoint, not only its weights, or name the ` +
        'configuration: the option config, or --config',
    );
  }
}

/** A warning: transformers' file of how images are prepared is missing, and CLIP's usual way is taken. */
export class PreprocessorNotFoundError extends BiomedClipError {
  static override readonly name: string = 'PreprocessorNotFoundError';

  constructor(
    readonly directory: string,
    readonly file: string,
    usual: string,
  ) {
    super(
      `${directory}: has no ${file}, so images are prepared as ${usual}; download it if the model has one`,
    );
  }
}

/** A configuration that is no JSON object. */
export class ConfigJsonError extends BiomedClipError {
  static override readonly name: string = 'ConfigJsonError';

  constructor(
    readonly file: string,
    options?: ErrorOptions,
  ) {
    super(`${file}: is not a JSON object`, options);
  }
}

/** A field that is missing, malformed, or asks for something that this engine does not do. */
export class ConfigFieldError extends BiomedClipError {
  static override readonly name: string = 'ConfigFieldError';

  constructor(
    readonly file: string,
    readonly field: string,
    readonly expected: string,
    readonly actual: unknown,
    /** What open_clip does for this value, if it differs from this engine. */
    readonly meaning?: string,
  ) {
    const advice = meaning && `: ${meaning}; embed with open_clip, or correct the file if it is wrong`;
    super(`${file}: ${cut(field)} must be ${expected}, got ${excerpt(actual)}${advice ?? ''}`);
  }
}

/** A warning: fields that neither open_clip nor this engine knows. They are ignored. */
export class UnknownFieldsError extends BiomedClipError {
  static override readonly name: string = 'UnknownFieldsError';

  constructor(
    readonly file: string,
    readonly fields: readonly string[],
  ) {
    super(`${file}: unknown and ignored, so check their spelling:${firstTen(fields)}`);
  }
}

/** A tower of a name that is not known. */
export class UnknownModelNameError extends BiomedClipError {
  static override readonly name: string = 'UnknownModelNameError';

  constructor(
    readonly file: string,
    readonly field: string,
    readonly model: string,
    readonly known: readonly string[],
  ) {
    super(
      `${file}: ${field} ${excerpt(model)} is not a known model (known: ${known.join(', ')}); ` +
        `for another one ${field === 'hf_model_name' ? 'put its config.json beside this file, or ' : ''}` +
        'add its depth, heads and eps under "biomedclip_webgpu"',
    );
  }
}

/** A warning: tensors of other sizes than the named model's. They are used as they are. */
export class UnusualModelError extends BiomedClipError {
  static override readonly name: string = 'UnusualModelError';

  constructor(
    readonly file: string,
    readonly model: string,
    readonly size: string,
    readonly usual: number,
    readonly actual: number,
  ) {
    super(
      `${file}: ${excerpt(model)} has a ${size} of ${usual}, the checkpoint one of ${actual}; ` +
        'it is computed as the checkpoint has it, which open_clip would refuse',
    );
  }
}

/** A warning: a BERT of an unknown name, whose shapes are usual. It is computed with the usual values. */
export class AssumedBertError extends BiomedClipError {
  static override readonly name: string = 'AssumedBertError';

  constructor(
    readonly file: string,
    readonly model: string,
    readonly eps: number,
    readonly heads: number,
  ) {
    super(
      `${file}: hf_model_name ${excerpt(model)} is not known; by its shapes it is computed as a usual BERT, with an eps of ` +
        `${eps}, ${heads} heads, GELU and 0 for padding; to be sure, put its config.json beside this file`,
    );
  }
}

/** A warning: the tokenizer's name differs from the BERT's. The directory's files are used anyway. */
export class TokenizerNameError extends BiomedClipError {
  static override readonly name: string = 'TokenizerNameError';

  constructor(
    readonly file: string,
    readonly tokenizer: string,
    readonly model: string,
  ) {
    super(
      `${file}: hf_tokenizer_name is ${excerpt(tokenizer)}, hf_model_name ${excerpt(model)}; texts are split by the ` +
        "tokenizer files of the directory: make sure that they are that tokenizer's",
    );
  }
}

/** A warning: a model whose name is of weights that were trained with QuickGELU, by a configuration without it. */
export class QuickGeluNameError extends BiomedClipError {
  static override readonly name: string = 'QuickGeluNameError';

  constructor(
    /** The model's directory, file or name. */
    readonly model: string,
  ) {
    super(
      `${model}: by their name the weights were trained with QuickGELU, but the configuration has no "quick_gelu": true in ` +
        'model_cfg, so GELU is computed, as by open_clip; if they were, set it, or embeddings are wrong',
    );
  }
}
