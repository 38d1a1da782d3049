import { BiomedClipError } from '../../errors.ts';

/** Fewer points than a map can be made of. */
export class TooFewPointsError extends BiomedClipError {
  static override readonly name: string = 'TooFewPointsError';

  constructor(readonly rows: number) {
    super(`tsne: needs at least 2 points, got ${rows}`);
  }
}

/** A perplexity of as many points as there are, or more, which scikit-learn refuses too. */
export class PerplexityError extends BiomedClipError {
  static override readonly name: string = 'PerplexityError';

  constructor(
    readonly perplexity: number,
    readonly rows: number,
  ) {
    super(`tsne: perplexity must be less than the number of points, got ${perplexity} for ${rows} points`);
  }
}

/** PCA gives no start: all points are equal, or have a single dimension. */
export class PcaInitError extends BiomedClipError {
  static override readonly name: string = 'PcaInitError';

  constructor(readonly reason: string) {
    super(`tsne: init 'pca' has no two components: ${reason}; use init 'random' or an array`);
  }
}

/** The map left the range of f32, as with a learning rate that is far too large. */
export class DivergedError extends BiomedClipError {
  static override readonly name: string = 'DivergedError';

  constructor(
    readonly iteration: number,
    readonly learningRate: number,
  ) {
    super(
      `tsne: the map is no longer finite at iteration ${iteration}; lower learningRate (${learningRate})`,
    );
  }
}
