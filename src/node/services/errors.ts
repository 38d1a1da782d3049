import { BiomedClipError } from '../../errors.ts';
import { excerpt } from '../../excerpt.ts';

/** A folder that no `--folder` names. */
export class UnknownFolderError extends BiomedClipError {
  static override readonly name: string = 'UnknownFolderError';

  constructor(
    readonly folder: string,
    readonly known: readonly string[],
  ) {
    super(
      `there is no folder ${excerpt(folder)}; ` +
        (known.length > 0 ? `there are ${known.join(', ')}` : 'start with --folder name=path to have one'),
    );
  }
}

/** An image's id that leads out of its folder, by `..`, an absolute path or a link. */
export class OutsideFolderError extends BiomedClipError {
  static override readonly name: string = 'OutsideFolderError';

  constructor(
    readonly folder: string,
    readonly image: string,
    readonly reason: string,
  ) {
    super(`${folder}: ${excerpt(image)} ${reason}; images are named by their path within the folder`);
  }
}

/** A folder that was there when the server started, and cannot be listed any more. */
export class FolderGoneError extends BiomedClipError {
  static override readonly name: string = 'FolderGoneError';

  constructor(
    readonly folder: string,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(
      `${folder}: the folder cannot be listed: ${reason}; put it back, or start the server anew`,
      options,
    );
  }
}

/** A folder of more images than are kept in memory. */
export class FolderTooLargeError extends BiomedClipError {
  static override readonly name: string = 'FolderTooLargeError';

  constructor(
    readonly folder: string,
    readonly images: number,
    readonly limit: number,
  ) {
    super(
      `${folder}: has ${images.toLocaleString('en')} images, at most ${limit.toLocaleString('en')} are kept in memory; ` +
        'name folders inside it instead',
    );
  }
}

/** A folder in which there is nothing to search. */
export class NothingToSearchError extends BiomedClipError {
  static override readonly name: string = 'NothingToSearchError';

  constructor(readonly folders: readonly string[]) {
    super(
      `${folders.join(', ')}: no image to search that can be read; --recursive looks into folders inside`,
    );
  }
}

/** A request of more than is taken at a time. */
export class RequestLimitError extends BiomedClipError {
  static override readonly name: string = 'RequestLimitError';

  constructor(
    readonly what: string,
    readonly actual: number,
    readonly limit: number,
  ) {
    super(
      `a request takes at most ${limit.toLocaleString('en')} ${what}, got ${actual.toLocaleString('en')}; ` +
        'ask for some at a time',
    );
  }
}

/** A request that is no such request: a field that is missing, unknown or of another kind. */
export class RequestFieldError extends BiomedClipError {
  static override readonly name: string = 'RequestFieldError';

  constructor(
    /** Such as `images[3].data`. */
    readonly field: string,
    readonly reason: string,
  ) {
    super(`${field}: ${reason}`);
  }
}

/** More requests than wait at a time. */
export class QueueFullError extends BiomedClipError {
  static override readonly name: string = 'QueueFullError';

  constructor(
    readonly waiting: number,
    /** Seconds. */
    readonly retryAfter: number,
  ) {
    super(`${waiting} requests are waiting already; try again in ${retryAfter} s`);
  }
}

/** A request that was not answered in time. */
export class RequestTimeoutError extends BiomedClipError {
  static override readonly name: string = 'RequestTimeoutError';

  constructor(readonly seconds: number) {
    super(`not done within ${seconds} s; ask for less at a time, or start with a longer --timeout`);
  }
}

/** A request whose body did not come in time. */
export class UploadTimeoutError extends BiomedClipError {
  static override readonly name: string = 'UploadTimeoutError';

  constructor(readonly seconds: number) {
    super(
      `the body did not come within ${seconds} s; send less at a time, or start with a longer --upload-timeout`,
    );
  }
}

/** A message of the protocol that is longer than any call; what comes after it cannot be told apart. */
export class MessageTooLongError extends BiomedClipError {
  static override readonly name: string = 'MessageTooLongError';

  constructor(readonly limit: number) {
    super(
      `a message of more than ${limit.toLocaleString('en')} bytes ended the connection; ask for less in a call`,
    );
  }
}

/** The server is about to end. */
export class ShuttingDownError extends BiomedClipError {
  static override readonly name: string = 'ShuttingDownError';

  constructor() {
    super('the server is shutting down');
  }
}

/** An address at which the server cannot listen. */
export class ListenError extends BiomedClipError {
  static override readonly name: string = 'ListenError';

  constructor(
    readonly host: string,
    readonly port: number,
    readonly code: string,
    options?: ErrorOptions,
  ) {
    const reason = LISTEN_REASONS[code] ?? code;
    const option = code in LISTEN_REASONS ? '--port' : '--host';
    super(`${host}:${port}: cannot listen: ${reason}; choose another ${option}`, options);
  }
}

/** Failures that are the port's; all others are the address's. */
const LISTEN_REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there',
  EACCES: 'this user may not',
};
