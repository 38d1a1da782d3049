import { BiomedClipError } from '../../src/errors.ts';
import { cut, firstTen, shapeExcerpt } from '../../src/excerpt.ts';

/** A low-rank adapter: the weights that it changes are not in the file, or not changed yet. */
export class AdapterWeightsError extends BiomedClipError {
  static override readonly name: string = 'AdapterWeightsError';

  constructor(
    readonly file: string,
    readonly tensor: string,
  ) {
    super(
      `${file}: has ${cut(tensor)}, which belongs to an adapter (LoRA) beside the weights; merge it: ` +
        'model.merge_and_unload(), then save the state dict of the result',
    );
  }
}

/** A wrapper's prefix before some of the tensors' names only, so that it cannot be taken off. */
export class TensorPrefixError extends BiomedClipError {
  static override readonly name: string = 'TensorPrefixError';

  constructor(
    readonly file: string,
    readonly prefix: string,
    /** Those without it. */
    readonly without: readonly string[],
  ) {
    super(
      `${file}: only some tensors' names begin with ${cut(prefix)}, so it cannot be taken off; save the state dict of the ` +
        `model alone, without these:${firstTen(without)}`,
    );
  }
}

/** Tensors that the checkpoint lacks: all of them in `tensors`. */
export class MissingTensorError extends BiomedClipError {
  static override readonly name: string = 'MissingTensorError';

  constructor(
    readonly file: string,
    readonly tensors: readonly string[],
  ) {
    super(`${file}: ${tensors.length} of the model's tensors missing:${firstTen(tensors)}`);
  }
}

/** More layers than any model has, by the tensors' names. */
export class TooManyLayersError extends BiomedClipError {
  static override readonly name: string = 'TooManyLayersError';

  constructor(
    readonly file: string,
    readonly prefix: string,
    readonly layers: number,
    readonly most: number,
  ) {
    super(`${file}: has ${layers.toLocaleString('en-US')} layers ${prefix}*, at most ${most} are read`);
  }
}

/** A warning: tensors that the model does not use. They are ignored. */
export class UnexpectedTensorsError extends BiomedClipError {
  static override readonly name: string = 'UnexpectedTensorsError';

  constructor(
    readonly file: string,
    readonly tensors: readonly string[],
  ) {
    super(
      `${file}: ${tensors.length} tensors are ignored, since the model as configured has none of these names; where they ` +
        `belong to it (layer scales, a pooling layer), results differ from open_clip's:${firstTen(tensors)}`,
    );
  }
}

/** A tensor of the wrong shape. */
export interface ShapeMismatch {
  /** Its name in the file. */
  readonly tensor: string;
  /** The shape that the model needs. */
  readonly expected: readonly number[];
  /** The shape in the file. */
  readonly actual: readonly number[];
}

/** Tensors of another shape than the model needs: all of them in `mismatches`. */
export class TensorShapeError extends BiomedClipError {
  static override readonly name: string = 'TensorShapeError';

  constructor(
    readonly file: string,
    readonly mismatches: readonly ShapeMismatch[],
  ) {
    const lines = mismatches.map(
      ({ tensor, expected, actual }) =>
        `${cut(tensor)} must be ${shapeExcerpt(expected)}, got ${shapeExcerpt(actual)}`,
    );
    super(`${file}: ${mismatches.length} of the model's tensors have the wrong shape:${firstTen(lines)}`);
  }
}

/** A tensor of an element type that is not read. */
export interface DtypeMismatch {
  /** Its name in the file. */
  readonly tensor: string;
  /** The element types that are read. */
  readonly expected: readonly string[];
  /** The element type in the file. */
  readonly actual: string;
}

/** Tensors of an element type that is not read: all of them in `mismatches`. */
export class TensorDtypeError extends BiomedClipError {
  static override readonly name: string = 'TensorDtypeError';

  constructor(
    readonly file: string,
    readonly mismatches: readonly DtypeMismatch[],
  ) {
    const lines = mismatches.map(
      ({ tensor, expected, actual }) => `${cut(tensor)} must be ${expected.join(' or ')}, got ${actual}`,
    );
    super(`${file}: ${mismatches.length} of the model's tensors have the wrong dtype:${firstTen(lines)}`);
  }
}

/** A weight that is NaN or infinite. */
export class NonFiniteWeightError extends BiomedClipError {
  static override readonly name: string = 'NonFiniteWeightError';

  constructor(
    readonly file: string,
    readonly tensor: string,
    readonly index: number,
    readonly value: number,
  ) {
    super(
      `${file}: ${cut(tensor)} holds ${value} at element ${index}; the checkpoint is damaged or training diverged`,
    );
  }
}

/** A `logit_scale` whose exponential, the scale of the cosines, f32 cannot hold. */
export class LogitScaleError extends BiomedClipError {
  static override readonly name: string = 'LogitScaleError';

  constructor(
    readonly file: string,
    readonly tensor: string,
    readonly value: number,
  ) {
    super(
      `${file}: ${tensor} is ${value}, and exp of it must fit f32: between -87 and 88 (ln(100) = 4.6 is usual); ` +
        'the checkpoint is damaged or training diverged',
    );
  }
}

/** A weight too large for f16. */
export class F16OverflowError extends BiomedClipError {
  static override readonly name: string = 'F16OverflowError';

  constructor(
    readonly file: string,
    readonly tensor: string,
    readonly index: number,
    readonly value: number,
  ) {
    super(
      `${file}: ${cut(tensor)} holds ${value} at element ${index}, f16 ends at 65504; keep this model in f32`,
    );
  }
}
