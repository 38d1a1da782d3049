import { BiomedClipError } from '../../errors.ts';

/** A package that a command needs, which is not installed with this one. */
export class MissingPackageError extends BiomedClipError {
  static override readonly name: string = 'MissingPackageError';

  constructor(
    readonly command: string,
    readonly packages: readonly string[],
    options?: ErrorOptions,
  ) {
    super(
      `${command} needs packages that are installed on request: npm install ${packages.join(' ')}`,
      options,
    );
  }
}
