import { BiomedClipError } from '../../src/errors.ts';
import { byteCount, cut, firstTen } from '../../src/excerpt.ts';

/** A directory without a weights file of a usual name. */
export class CheckpointNotFoundError extends BiomedClipError {
  static override readonly name: string = 'CheckpointNotFoundError';

  constructor(
    readonly directory: string,
    readonly files: readonly string[],
  ) {
    super(
      `${directory}: has neither ${files.join(' nor ')}; one of them must hold the weights: name the weights file itself ` +
        'where it is called otherwise',
    );
  }
}

/** What lies under a weights file's name is something else. */
export class NotWeightsError extends BiomedClipError {
  static override readonly name: string = 'NotWeightsError';

  constructor(
    readonly file: string,
    /** What it is. */
    readonly found: string,
    advice: string,
  ) {
    super(`${file}: is ${found}, no weights; ${advice}`);
  }
}

/** A warning: a weights file could not be read, and another one beside it was taken. `cause` says why. */
export class WeightsPassedOverError extends BiomedClipError {
  static override readonly name: string = 'WeightsPassedOverError';

  constructor(
    /** The one that is read. */
    readonly file: string,
    cause: Error,
  ) {
    super(`${file} is read, since another weights file cannot be: ${cause.message}`, { cause });
  }
}

/** A file shorter than its header says. */
export class TruncatedFileError extends BiomedClipError {
  static override readonly name: string = 'TruncatedFileError';

  constructor(
    readonly file: string,
    readonly expected: number,
    readonly actual: number,
  ) {
    super(`${file}: needs ${byteCount(expected)}, the file has ${byteCount(actual)}; download it again`);
  }
}

/** A tensor that the file does not have. */
export class UnknownTensorError extends BiomedClipError {
  static override readonly name: string = 'UnknownTensorError';

  constructor(
    readonly file: string,
    readonly tensor: string,
  ) {
    super(`${file}: has no tensor ${cut(tensor)}`);
  }
}

/** A read that leaves the tensor's bytes. */
export class TensorRangeError extends BiomedClipError {
  static override readonly name: string = 'TensorRangeError';

  constructor(
    readonly file: string,
    readonly tensor: string,
    readonly offset: number,
    readonly length: number,
    readonly byteLength: number,
  ) {
    super(`${file}: ${cut(tensor)} has ${byteCount(byteLength)}, asked for ${length} from ${offset}`);
  }
}

/** An index of weights that is malformed, or leads out of its directory. */
export class ShardIndexError extends BiomedClipError {
  static override readonly name: string = 'ShardIndexError';

  constructor(
    readonly file: string,
    readonly problem: string,
    options?: ErrorOptions,
  ) {
    super(`${file}: the index ${cut(problem, 240)}; download it again`, options);
  }
}

/** Files that an index names and that are not there. */
export class MissingShardError extends BiomedClipError {
  static override readonly name: string = 'MissingShardError';

  constructor(
    readonly file: string,
    readonly shards: readonly string[],
  ) {
    super(`${file}: names files that are not beside it; download these too:${firstTen(shards)}`);
  }
}

/** A tensor that is not in the file that the index names. */
export class MissingShardTensorError extends BiomedClipError {
  static override readonly name: string = 'MissingShardTensorError';

  constructor(
    readonly file: string,
    readonly tensor: string,
    readonly shard: string,
  ) {
    super(
      `${file}: says that ${cut(tensor)} is in ${cut(shard)}, which has none; take all files of one download`,
    );
  }
}

/** A tensor in two of the files. */
export class RepeatedTensorError extends BiomedClipError {
  static override readonly name: string = 'RepeatedTensorError';

  constructor(
    readonly file: string,
    readonly tensor: string,
    readonly shards: readonly string[],
  ) {
    super(`${file}: ${cut(tensor)} is in ${shards.join(' and in ')}; take all files of one download`);
  }
}
