import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { readPlan } from '../../src/node/shards/plan.ts';
import { writeSyntheticSet } from './inputs.ts';
import { resultDigests, rowsIn, shardsDone } from './results.ts';
import { CommandProcess, runCommand, type ScaleRun } from './worker-process.ts';

export interface KillRunOptions extends ScaleRun {
  readonly images: number;
  readonly kills: number;
}

/** What `killRun` found. */
export interface KillReport {
  readonly shards: number;
  readonly kills: number;
  readonly undisturbedSeconds: number;
  readonly killedSeconds: number;
  readonly rows: { readonly images: number; readonly texts: number };
  readonly distinct: { readonly images: number; readonly captions: number };
  /** Files of the undisturbed run, and how many of them the other has with other bytes or not at all. */
  readonly files: number;
  readonly different: number;
}

/**
 * Embeds a set by workers of which one at random is killed again and again, and once undisturbed. Each kill waits until its
 * share of the shards is done, and a random while, so that they are spread over the whole run.
 */
export async function killRun(options: KillRunOptions): Promise<KillReport> {
  const { folder, program, images, captions, rows, planning = [], say = () => {} } = options;
  const table = await writeSyntheticSet(folder, images, captions);
  const plan = join(folder, 'plan.json');
  say('planning');
  await runCommand(program, [
    ...['shards', 'plan', '--captions', table, '--rows', String(rows), '-o', plan, ...planning],
  ]);
  const { shards } = await readPlan(plan);
  const killed = await workersKilled(options, shards.length);
  say('an undisturbed run');
  const start = performance.now();
  const whole = join(folder, 'undisturbed');
  await runCommand(program, embedding(options, 'undisturbed'));
  const undisturbedSeconds = (performance.now() - start) / 1000;
  const [ours, theirs] = [await resultDigests(join(folder, 'killed')), await resultDigests(whole)];
  const different = [...theirs].filter(([name, digest]) => ours.get(name) !== digest).length;
  const strange = [...ours.keys()].filter((name) => !theirs.has(name)).length;
  const { rows: found, ...distinct } = await rowsIn(join(folder, 'killed'));
  return {
    ...{ shards: shards.length, ...killed, undisturbedSeconds },
    ...{ rows: found, distinct, files: theirs.size, different: different + strange },
  };
}

function embedding({ folder, embedding = [] }: KillRunOptions, out: string): string[] {
  const tries = ['--tries', '1000000']; // a kill is a try that failed
  return ['embed', '--shards', join(folder, 'plan.json'), '-o', join(folder, out), ...tries, ...embedding];
}

async function workersKilled(options: KillRunOptions, shards: number) {
  const { folder, program, workers, kills, say = () => {} } = options;
  const out = join(folder, 'killed');
  const begin = (i: number) =>
    new CommandProcess(program, [...embedding(options, 'killed'), '--shard', `${i}/${workers}`]);
  const running = Array.from({ length: workers }, (_, i) => begin(i));
  const start = performance.now();
  let done = 0;
  try {
    while (done < kills) {
      const isDue = (await shardsDone(out)) >= Math.floor((shards * done) / (kills + 1));
      if (!isDue) {
        await wait(20);
        continue;
      }
      await wait(1000 * Math.random());
      const alive = running.flatMap((worker, i) => (worker.isRunning ? i : []));
      const victim = alive[Math.floor(Math.random() * alive.length)];
      if (victim === undefined) throw new Error(`all workers ended after ${done} kills`);
      if (running[victim]?.child.kill('SIGKILL')) done += 1;
      await running[victim]?.ended;
      running[victim] = begin(victim);
      say(`${done} of ${kills} killed, ${await shardsDone(out)} of ${shards} shards`);
    }
    await Promise.all(running.map((worker) => worker.expectDone()));
  } finally {
    for (const worker of running) worker.child.kill('SIGKILL');
  }
  return { kills: done, killedSeconds: (performance.now() - start) / 1000 };
}
