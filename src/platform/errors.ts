import { BiomedClipError } from '../errors.ts';

/** A path that is neither a directory nor a weights file. */
export class DirectoryNotFoundError extends BiomedClipError {
  static override readonly name: string = 'DirectoryNotFoundError';

  constructor(
    readonly path: string,
    options?: ErrorOptions,
  ) {
    super(
      `${path}: no such directory; it must hold a downloaded checkpoint, or name a weights file with its configuration ` +
        'beside it',
      options,
    );
  }
}

/** A file that cannot be opened or read. `cause` is the system's error. */
export class FileReadError extends BiomedClipError {
  static override readonly name: string = 'FileReadError';

  constructor(
    readonly file: string,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`${file}: cannot be read: ${reason}`, options);
  }
}

/** A read that leaves the file. */
export class FileRangeError extends BiomedClipError {
  static override readonly name: string = 'FileRangeError';

  constructor(
    readonly file: string,
    readonly offset: number,
    readonly length: number,
    readonly size: number,
  ) {
    super(`${file}: has ${size} bytes, asked for ${length} from ${offset}`);
  }
}

/** A server's answer that is neither the file nor "not found". */
export class HttpStatusError extends BiomedClipError {
  static override readonly name: string = 'HttpStatusError';

  constructor(
    readonly url: string,
    readonly status: number,
  ) {
    super(`${url}: the server answered ${status}`);
  }
}

/** A server that sends whole files only. */
export class RangeNotSupportedError extends BiomedClipError {
  static override readonly name: string = 'RangeNotSupportedError';

  constructor(readonly url: string) {
    super(
      `${url}: the server does not answer Range requests, and large files are read in pieces; ` +
        'download the directory, or use a server that does',
    );
  }
}

/** The file on the server is not the one that was opened. */
export class FileChangedError extends BiomedClipError {
  static override readonly name: string = 'FileChangedError';

  constructor(readonly url: string) {
    super(`${url}: changed on the server while it was read; load it anew`);
  }
}

/** A file on disk that something wrote to while it was read. */
export class FileModifiedError extends BiomedClipError {
  static override readonly name: string = 'FileModifiedError';

  constructor(readonly file: string) {
    super(`${file}: was written to while it was read; start again once it is complete`);
  }
}

/** Files of more than one checkpoint where one is expected. */
export class SeveralCheckpointsError extends BiomedClipError {
  static override readonly name: string = 'SeveralCheckpointsError';

  constructor(readonly folders: readonly string[]) {
    super(`weights lie in ${folders.join(' and ')}; choose the directory of one checkpoint`);
  }
}

/** Several weights files of names of their own, where one is expected. */
export class SeveralWeightsError extends BiomedClipError {
  static override readonly name: string = 'SeveralWeightsError';

  constructor(readonly files: readonly string[]) {
    super(`${files.join(' and ')} are weights; give one of them, with its configuration and tokenizer`);
  }
}

/** A package with native code that is missing, or that has none for this system. `cause` is the loader's error. */
export class NativePackageError extends BiomedClipError {
  static override readonly name: string = 'NativePackageError';

  constructor(
    readonly packageName: string,
    purpose: string,
    /** Operating system and processor. */
    readonly system: string,
    options?: ErrorOptions,
  ) {
    const reason =
      options?.cause instanceof Error ? options.cause.message.split('\n')[0] : String(options?.cause);
    super(
      `${packageName}, which is needed for ${purpose}, cannot be loaded on ${system}: ${reason}; install the packages ` +
        'anew on this machine, with optional ones (npm install --include=optional)',
      options,
    );
  }
}

/**
 * A warning: what was downloaded is not kept, so that the next load downloads it again. `cause` is the browser's or the
 * system's error.
 */
export class NotCachedError extends BiomedClipError {
  static override readonly name: string = 'NotCachedError';

  constructor(
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`the checkpoint is not kept for the next load: ${reason}`, options);
  }
}

/** The cache could not be removed, for instance while another tab writes to it. `cause` is the browser's error. */
export class CacheNotClearedError extends BiomedClipError {
  static override readonly name: string = 'CacheNotClearedError';

  constructor(cause: unknown) {
    super(`the cache could not be cleared: ${cause instanceof Error ? cause.message : cause}; try again`, {
      cause,
    });
  }
}

/** An output file or directory that cannot be written. `cause` is the system's error. */
export class OutputWriteError extends BiomedClipError {
  static override readonly name: string = 'OutputWriteError';

  constructor(
    readonly path: string,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`${path}: cannot be written: ${reason}`, options);
  }
}

/** None of the possible cache folders can be written. `cause` is the system's error. */
export class CacheFolderError extends BiomedClipError {
  static override readonly name: string = 'CacheFolderError';

  constructor(
    readonly folders: readonly string[],
    cause?: unknown,
  ) {
    super(
      `no folder to keep files in: ${folders.join(' and ')} cannot be written, or others can write there too; set ` +
        'XDG_CACHE_HOME to a folder of your own',
      { cause },
    );
  }
}

/** A bundled driver whose hash is wrong: another version, or damaged. */
export class DamagedDriverError extends BiomedClipError {
  static override readonly name: string = 'DamagedDriverError';

  constructor(
    readonly file: string,
    /** Of the package in which it is, where that says so. */
    readonly version: string | undefined,
    options?: ErrorOptions,
  ) {
    const found =
      version === undefined || version === '147.0.0'
        ? 'is not as it was in 147.0.0'
        : `is of version ${version}, not of 147.0.0`;
    super(`${file}: ${found}, whose SwiftShader is known; npm install @sparticuz/chromium@147.0.0`, options);
  }
}
