import { type Command, InvalidArgumentError, Option } from 'commander';
import { addExamples } from '../cli/examples.ts';
import { numberWithin, port, positiveInteger } from '../cli/number-options.ts';
import { addOutOption } from '../cli/out-option.ts';
import type { Session } from '../cli/session.ts';
import { expectNotGiven } from '../cli/unused-options.ts';
import { addModelOptions } from '../cli/with-model.ts';
import { withPackages } from '../packages/with-packages.ts';
import { TRIES } from './embed-shard-options.ts';
import type { WorkerOptions } from './worker-run.ts';

const PACKAGES = ['bullmq', 'ioredis', 'prom-client'];

export function registerWorker(program: Command, session: Session): void {
  const command = program
    .command('worker')
    .summary('embed shards that a queue on Redis or Valkey hands out')
    .description(
      'Take the shards of a plan from a BullMQ queue, where no scheduler hands them out, until the folder of results has all. ' +
        'Each counts once, whatever the queue does.',
    )
    .requiredOption('--shards <file>', 'what shards plan has cut: its plan.json')
    .option('--redis <url>', 'where Redis (7 or later) or Valkey is', redisUrl, 'redis://127.0.0.1:6379')
    .option('--queue <name>', 'the queue of these workers (default: one of the plan’s own)', queueName)
    .option('--tries <n>', 'a shard that has failed so often is parked', positiveInteger, TRIES)
    .option('--lock <seconds>', 'after which a shard of a worker that is gone goes to another', seconds, 60)
    .option('--grace <seconds>', 'that the shard under way has to end after SIGTERM', seconds, 300)
    .option('--metrics-port <n>', 'of /metrics and /health on 127.0.0.1 (default: a free one)', port)
    .addOption(
      new Option('--log-format <form>', 'lines for people, or one JSON object a line')
        .choices(['text', 'json'])
        .default('text'),
    )
    .option('--batch-size <n>', 'at most so many images or texts in one GPU pass', positiveInteger)
    .addOption(
      new Option('--on-error <what>', 'what to do about an image that cannot be read')
        .choices(['skip', 'fail'])
        .default('fail'),
    )
    .option('--allow-urls', 'fetch images at http(s) and s3 URLs that the plan names');
  addExamples(command, [
    ['worker --shards plan.json -o results', 'one of any number, with Redis on this machine'],
    [
      'worker --shards plan.json -o results --redis redis://queue:6379 --log-format json --metrics-port 9400',
      'in a cluster',
    ],
  ]);
  addOutOption(command, '<dir>', 'folder of results that all workers see, or s3://BUCKET/PREFIX', {
    objects: true,
  });
  addModelOptions(command).action(async (options: WorkerOptions) => {
    expectNotGiven(
      command,
      ['dtype', 'imageSize'],
      'is not for shards: what is planned is embedded, as it was planned',
    );
    const { runWorker } = await withPackages('worker', PACKAGES, async () => {
      await Promise.all([import('bullmq'), import('ioredis')]); // which the queue’s own thread needs
      return import('./worker-run.ts');
    });
    await runWorker(options, session);
  });
}

const seconds = numberWithin(1, 86_400);

function redisUrl(text: string): string {
  if (/^rediss?:\/\/./.test(text) && URL.canParse(text)) return text;
  throw new InvalidArgumentError('It must be a URL such as redis://127.0.0.1:6379.');
}

function queueName(text: string): string {
  if (/^[\w.-]+$/.test(text)) return text;
  throw new InvalidArgumentError('It must be letters, digits, "_", "." and "-".'); // a colon parts Redis’ keys
}
