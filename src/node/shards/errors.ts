import { BiomedClipError } from '../../errors.ts';

/** A plan of shards, or the list of its rows, that is not as `shards plan` wrote it. */
export class ShardPlanError extends BiomedClipError {
  static override readonly name: string = 'ShardPlanError';

  constructor(
    readonly file: string,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`${file}: ${reason}; a plan must be as \`shards plan\` wrote it: plan again`, options);
  }
}

/** An input that is not what it was when the shards were planned, or when another worker read it. */
export class InputChangedError extends BiomedClipError {
  static override readonly name: string = 'InputChangedError';

  constructor(
    readonly file: string,
    /** The line of the plan's list that has it, from 1 on. */
    readonly row: number,
    readonly reason: string,
  ) {
    super(`${file}: changed since the shards were planned (row ${row}): ${reason}; plan again`);
  }
}
