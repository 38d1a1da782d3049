import { type Command, InvalidArgumentError } from 'commander';
import { OF_CAPTIONS } from '../cli/caption-options.ts';
import { positiveInteger } from '../cli/number-options.ts';
import { expectNoObjectAddress } from '../cli/out-option.ts';
import { expectNotGiven } from '../cli/unused-options.ts';
import { UsageError } from '../errors.ts';
import { placeOf, type WorkerPlace } from '../shards/worker-place.ts';

/** Of a shard, before it is parked. */
export const TRIES = 3;

/** Options of `embed` that belong to shards. */
export function addShardOptions(command: Command): void {
  command
    .option('--shards <file>', 'embed what shards plan has cut: its plan.json')
    .option(
      '--shard <i/n>',
      'which of n workers this is, from 0 on; - for shards by their index, one a line on stdin (default: by SLURM_ARRAY_TASK_ID or JOB_COMPLETION_INDEX, else all shards)',
      shardOption,
    )
    .option('--tries <n>', 'a shard that has failed so often is parked', positiveInteger, TRIES);
}

function shardOption(text: string): WorkerPlace | 'asked' {
  const place = text === '-' ? 'asked' : placeOf(text);
  if (place) return place;
  throw new InvalidArgumentError('It must be i/n such as 0/16, i from 0 to n - 1; or - for standard input.');
}

/** What the plan says, so that no worker can say otherwise. */
const PLANNED = [
  ...[
    'captions',
    'recursive',
    'dicomTags',
    'closing',
    'dtype',
    'imageSize',
    'window',
    'force',
    ...OF_CAPTIONS,
  ],
  ...['frames', 'pages', 'slices', 'plane', 'labelFrom', 'groupFrom'],
  ...['tileSize', 'tileStride', 'level', 'mpp', 'tissue', 'minTissue'],
];

/** @throws {UsageError} for options that would be ignored */
export function expectShardOptions(
  command: Command,
  images: readonly string[],
  { shards, out }: { readonly shards?: string; readonly out: string },
): void {
  if (shards === undefined) {
    expectNoObjectAddress(out);
    expectNotGiven(
      command,
      ['shard', 'tries'],
      'is for shards; name their plan by --shards, or leave it out',
    );
    return;
  }
  if (images.length > 0)
    throw new UsageError('--shards: the plan says what is embedded; name no images beside it');
  expectNotGiven(command, PLANNED, 'is not for --shards: what is planned is embedded, as it was planned');
}
