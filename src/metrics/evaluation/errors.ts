import { BiomedClipError } from '../../errors.ts';
import { excerpt } from '../../excerpt.ts';

/** A label that is none of the classes, so that no answer could be right. */
export class UnknownClassError extends BiomedClipError {
  static override readonly name: string = 'UnknownClassError';

  constructor(
    readonly call: string,
    readonly label: string | number,
    /** The first item of that label. */
    readonly item: number,
    readonly classes: readonly (string | number)[],
  ) {
    const shown = typeof label === 'string' ? excerpt(label) : String(label);
    super(
      `${call}: item ${item} has the label ${shown}, which is none of the classes ${excerpt(classes)}; add it to them, ` +
        'or leave such items out (the number 1 and the text "1" are different labels)',
    );
  }
}

/** A class without what a call needs of it: a prompt, or an item to learn from. */
export class EmptyClassError extends BiomedClipError {
  static override readonly name: string = 'EmptyClassError';

  constructor(
    readonly call: string,
    readonly label: string | number,
    /** What it has none of. */
    readonly missing: string,
    advice: string,
  ) {
    super(
      `${call}: the class ${typeof label === 'string' ? excerpt(label) : label} has no ${missing}; ${advice}`,
    );
  }
}

/** Too few items, or groups, for the parts that they are split into. */
export class SplitError extends BiomedClipError {
  static override readonly name: string = 'SplitError';

  constructor(
    /** The part that would be empty, or have no two classes. */
    readonly part: string,
    readonly reason: string,
  ) {
    super(
      `split: the ${part} part ${reason}; give more items or groups, other fractions, or parts of your own`,
    );
  }
}

/** A linear probe whose loss left the range of numbers. */
export class ProbeDivergedError extends BiomedClipError {
  static override readonly name: string = 'ProbeDivergedError';

  constructor(readonly regularization: number) {
    super(
      `linearProbe: the loss is not finite at C = ${regularization}; scale the rows to length 1, or try a smaller C`,
    );
  }
}
