import { BiomedClipError } from '../../errors.ts';
import { excerpt } from '../../excerpt.ts';

/** A labelled set that cannot be scored: images without a label, labels that are no class, parts that are empty. */
export class LabelledSetError extends BiomedClipError {
  static override readonly name: string = 'LabelledSetError';

  constructor(
    readonly set: string,
    readonly reason: string,
  ) {
    super(`${set}: ${reason}`);
  }
}

/** A file of classes and prompts, or of templates, that cannot be read as such. */
export class ClassesFileError extends BiomedClipError {
  static override readonly name: string = 'ClassesFileError';

  constructor(
    readonly file: string,
    /** Undefined for what no single line is wrong in. */
    readonly line: number | undefined,
    readonly reason: string,
  ) {
    super(`${file}${line === undefined ? '' : `:${line}`}: ${reason}`);
  }
}

/** A recipe with a field that is missing or of another kind. */
export class RecipeError extends BiomedClipError {
  static override readonly name: string = 'RecipeError';

  constructor(
    readonly file: string,
    /** Such as `classes[2].label`; empty for the whole. */
    readonly field: string,
    readonly expected: string,
    readonly actual: unknown,
    options?: ErrorOptions,
  ) {
    super(
      `${file}: ${field === '' ? 'a recipe' : field} must be ${expected}, got ${excerpt(actual)}`,
      options,
    );
  }
}

/** A folder that does not lie as the recipe of its set says. */
export class RecipeLayoutError extends BiomedClipError {
  static override readonly name: string = 'RecipeLayoutError';

  constructor(
    readonly recipe: string,
    readonly folder: string,
    /** What is not there, or not as expected. */
    readonly missing: string,
    /** What the folder of the set must have. */
    readonly layout: string,
  ) {
    super(`${folder}: is not laid out as the recipe ${recipe} expects: ${missing}; it must have ${layout}`);
  }
}
