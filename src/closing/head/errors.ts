import { BiomedClipError } from '../../errors.ts';

/** A head's loss left the range of f32, as with a learning rate that is far too large. */
export class HeadDivergedError extends BiomedClipError {
  constructor(
    readonly step: number,
    readonly loss: number,
    readonly learningRate: number,
  ) {
    super(
      `trainHead: the loss is ${loss} at step ${step}; lower learningRate (${learningRate}), or go on from an earlier state`,
    );
  }
}

/** Images and texts that cannot be pairs, since there are more of one. */
export class PairCountError extends BiomedClipError {
  constructor(
    readonly images: number,
    readonly texts: number,
  ) {
    super(
      `trainHead: image i belongs to text i, so there must be as many, got ${images} images and ${texts} texts`,
    );
  }
}

/** Fewer pairs than can be told apart. */
export class TooFewPairsError extends BiomedClipError {
  constructor(readonly pairs: number) {
    super(`trainHead: needs at least 2 pairs to tell apart, got ${pairs}`);
  }
}

/** Rows that all point the same way: without their mean nothing is left of them. */
export class EqualRowsError extends BiomedClipError {
  constructor(readonly input: string) {
    super(`trainHead: all ${input} point the same way, so no map can tell them apart; give rows that differ`);
  }
}

/** A state was asked for when the training had gone on. */
export class StateTooLateError extends BiomedClipError {
  constructor(readonly step: number) {
    super(
      `trainHead: the state after step ${step} is gone; call state() before onProgress returns or its promise settles`,
    );
  }
}
