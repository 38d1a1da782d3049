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

/** What tells two plans apart. */
interface PlanFacts {
  readonly recipe: { readonly model: string; readonly fingerprint: string; readonly dtype: string };
}

/** A folder that has the results of another plan: of another model, dtype or preprocessing, or of other inputs. */
export class OtherPlanError extends BiomedClipError {
  static override readonly name: string = 'OtherPlanError';

  constructor(
    readonly folder: string,
    there: PlanFacts,
    given: PlanFacts,
  ) {
    const [before, now] = [there.recipe, given.recipe];
    const what =
      before.fingerprint !== now.fingerprint
        ? `the model ${before.model}, and the plan is for ${now.model}`
        : before.dtype !== now.dtype
          ? `the dtype ${before.dtype}, and the plan is for ${now.dtype}`
          : 'other inputs, or of another cut, window, image size or type of vectors';
    super(`${folder}: has results of ${what}; name another --out`);
  }
}

/** A file among results that is not as `embed --shards` wrote it. */
export class LedgerError extends BiomedClipError {
  static override readonly name: string = 'LedgerError';

  constructor(
    readonly file: string,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`${file}: ${reason}; delete it, and its shard is embedded again`, options);
  }
}

/** Shards that a worker has left, since an input failed, or since they were parked. */
export class ShardsLeftError extends BiomedClipError {
  static override readonly name: string = 'ShardsLeftError';

  constructor(
    readonly folder: string,
    /** By index, with the error. */
    readonly failed: readonly { readonly shard: number; readonly error: string }[],
    /** By index: tried too often. */
    readonly parked: readonly number[],
  ) {
    const [first] = failed;
    const said = [
      ...(first ? [`${failed.length} failed (shard ${first.shard}: ${first.error})`] : []),
      ...(parked.length > 0 ? [`${parked.length} parked (${some(parked)})`] : []),
    ];
    super(
      `${folder}: shards are left: ${said.join(', ')}; \`shards status\` says why, \`shards retry\` has them tried again`,
    );
  }
}

function some(indices: readonly number[]): string {
  return `${indices.slice(0, 5).join(', ')}${indices.length > 5 ? ', …' : ''}`;
}

/** Results that are damaged, or not complete. */
export class ShardsNotWholeError extends BiomedClipError {
  static override readonly name: string = 'ShardsNotWholeError';

  constructor(
    readonly folder: string,
    readonly damaged: readonly { readonly file: string; readonly reason: string }[],
    /** Shards without a commit, by index. */
    readonly missing: readonly number[],
    /** Those of them that were tried too often. */
    readonly parked: readonly number[] = [],
  ) {
    const [first] = damaged;
    const said = [
      ...(first
        ? [`${damaged.length} damaged (${first.file} ${first.reason}; delete it and its commit)`]
        : []),
      ...(missing.length > 0 ? [`${missing.length} missing (${some(missing)})`] : []),
      ...(parked.length > 0 ? [`${parked.length} of them parked`] : []),
    ];
    super(`${folder}: shards are not whole: ${said.join(', ')}; \`embed --shards\` embeds what is missing`);
  }
}
