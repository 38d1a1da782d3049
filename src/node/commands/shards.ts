import type { Command } from 'commander';
import { addExamples } from '../cli/examples.ts';
import type { Session } from '../cli/session.ts';
import { registerShardsPlan } from './shards-plan.ts';
import { registerShardsRetry, registerShardsStatus, registerShardsVerify } from './shards-results.ts';

export function registerShards(program: Command, session: Session): void {
  const command = program
    .command('shards')
    .summary('embed large sets in shards, on many machines')
    .description(
      'Cut images and captions into shards that any number of machines embed, each shard once whatever fails.',
    );
  addExamples(command, [
    ['shards plan scans --captions captions.csv -o plan.json', 'cut once'],
    ['embed --shards plan.json -o results --shard 0/16', 'then embed: this is the first of 16 workers'],
    ['shards status results', 'meanwhile: what is done, and what is not'],
    ['shards verify results', 'at the end: whole, and complete'],
  ]);
  registerShardsPlan(command, session);
  registerShardsStatus(command, session);
  registerShardsVerify(command, session);
  registerShardsRetry(command, session);
}
