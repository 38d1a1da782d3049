import { BiomedClipError } from '../../errors.ts';
import { excerpt } from '../../excerpt.ts';

/** A field of the judged rows that does not have an entry for each pair, or for each prompt. */
export class EntryCountError extends BiomedClipError {
  static override readonly name: string = 'EntryCountError';

  constructor(
    readonly field: string,
    readonly expected: number,
    readonly actual: number,
    /** What the entries are for. */
    readonly each: 'images' | 'prompts' = 'images',
  ) {
    super(
      `embeddingQuality: ${field} needs one entry for each of the ${expected.toLocaleString('en')} ${each}, ` +
        `got ${actual.toLocaleString('en')}`,
    );
  }
}

/** A label of an image that no prompt has, so that no answer could be right. */
export class LabelWithoutPromptError extends BiomedClipError {
  static override readonly name: string = 'LabelWithoutPromptError';

  constructor(
    readonly label: string | number,
    /** The first pair of that label. */
    readonly pair: number,
  ) {
    const shown = typeof label === 'string' ? excerpt(label) : String(label);
    super(
      `embeddingQuality: prompts.labels must have the label of each image, but pair ${pair} has ${shown}; ` +
        'add a prompt for it, or leave the pair out (the number 1 and the text "1" are different labels)',
    );
  }
}

/** Reports whose resamples are not of the same pairs, so that their differences are not paired. */
export class UnpairedReportsError extends BiomedClipError {
  static override readonly name: string = 'UnpairedReportsError';

  constructor(
    readonly field: string,
    readonly before: unknown,
    readonly after: unknown,
  ) {
    super(
      'compareQuality: both reports must be of the same pairs and draws, but ' +
        (field === 'key'
          ? 'items, groups or labels differ'
          : `${field} is ${before} before and ${after} after`) +
        '; judge both with the same items, groups, labels and options',
    );
  }
}
