import { BiomedClipError } from '../../errors.ts';

/** A head's loss left the range of f32, as with a learning rate that is far too large. */
export class HeadDivergedError extends BiomedClipError {
  static override readonly name: string = 'HeadDivergedError';

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

/** A state was asked for when the training had gone on. */
export class StateTooLateError extends BiomedClipError {
  static override readonly name: string = 'StateTooLateError';

  constructor(readonly step: number) {
    super(
      `trainHead: the state after step ${step} is gone; call state() before onProgress returns or its promise settles`,
    );
  }
}
