import { BiomedClipError } from '../src/errors.ts';

/** The archive of another platform: its Node and its native modules are not on this machine. */
export class OtherPlatformError extends BiomedClipError {
  static override readonly name: string = 'OtherPlatformError';

  constructor(
    readonly wanted: string,
    readonly here: string,
  ) {
    super(
      `--platform ${wanted}: this machine is ${here}, and nothing is downloaded; on a ${wanted} machine run ` +
        '`npm ci && npm run bundle`: it takes that machine’s Node and the native modules of webgpu, sharp, resvg and ' +
        'onnxruntime-node that `npm ci` installs there',
    );
  }
}

/** This Node needs libraries of its own beside it, so its binary alone does not run elsewhere. */
export class SharedNodeError extends BiomedClipError {
  static override readonly name: string = 'SharedNodeError';

  constructor(readonly node: string) {
    super(
      `${node} loads libnode from this system and cannot be moved; run the script by a Node from nodejs.org or NodeSource`,
    );
  }
}

/** Something that belongs into the archive is not here. */
export class MissingPartError extends BiomedClipError {
  static override readonly name: string = 'MissingPartError';

  constructor(
    readonly part: string,
    advice: string,
  ) {
    super(`${part} is missing; ${advice}`);
  }
}

/** The compressor is not installed, or failed. */
export class CompressorError extends BiomedClipError {
  static override readonly name: string = 'CompressorError';

  constructor(detail: string, options?: ErrorOptions) {
    super(
      `xz: ${detail}; install xz-utils (Debian), xz (Red Hat, Homebrew), or write the tar alone with --no-compress`,
      options,
    );
  }
}
