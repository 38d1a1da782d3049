import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { readPlan } from '../../src/node/shards/plan.ts';
import { syntheticCaption } from './inputs.ts';
import { commitsIn } from './results.ts';
import { CommandProcess, runCommand, type ScaleRun } from './worker-process.ts';

/** What one worker made, or several. */
export interface RowReport {
  readonly workers: number;
  readonly captions: number;
  /** From the first commit of each worker on, so without its start. */
  readonly captionsPerSecond: number;
  /** Of the largest worker, in megabytes: medians of the second and of the last tenth of its time, and the most. */
  readonly memory: { readonly early: number; readonly late: number; readonly most: number };
}

/** Embeds a tenth of the captions by one worker on a core of its own, then all of them by several workers on a core each. */
export async function rowRun(options: ScaleRun): Promise<readonly RowReport[]> {
  const alone = await measured('alone', Math.ceil(options.captions / 10), 1, options);
  return [alone, await measured('together', options.captions, options.workers, options)];
}

async function measured(
  name: string,
  captions: number,
  workers: number,
  { folder, program, rows, planning = [], embedding = [], say = () => {} }: ScaleRun,
): Promise<RowReport> {
  const at = (file: string) => join(folder, `${name}-${file}`);
  await mkdir(folder, { recursive: true });
  await writeCaptions(at('captions.txt'), captions);
  say(`planning ${captions} captions`);
  const input = ['--captions', at('captions.txt'), '--rows', String(rows)];
  await runCommand(program, ['shards', 'plan', ...input, '-o', at('plan.json'), ...planning]);
  const { shards } = await readPlan(at('plan.json'));
  const line = ['embed', '--shards', at('plan.json'), '-o', at('results'), ...embedding];
  const running = Array.from({ length: workers }, (_, i) => {
    return new CommandProcess(program, [...line, '--shard', `${i}/${workers}`], i);
  });
  say(`${workers} workers embed ${shards.length} shards`);
  const memories = await Promise.all(running.map(memoryOf));
  for (const worker of running) await worker.expectDone();
  const commits = await commitsIn(at('results'));
  const shares = running.map((_, i) => commits.filter((__, shard) => shard % workers === i));
  const largest = memories.toSorted((a, b) => Math.max(...b) - Math.max(...a))[0] ?? [];
  return {
    ...{ workers, captions },
    captionsPerSecond: shares.reduce((sum, share) => sum + rateOf(share), 0),
    memory: {
      early: megabytes(median(part(largest, 1))),
      late: megabytes(median(part(largest, 9))),
      most: megabytes(Math.max(...largest)),
    },
  };
}

function writeCaptions(path: string, count: number): Promise<void> {
  const lines = function* () {
    for (let i = 0; i < count; i++) yield `${syntheticCaption(i)}\n`;
  };
  return pipeline(Readable.from(lines()), createWriteStream(path));
}

/** Bytes in memory, four times a second until the process has ended. */
async function memoryOf(worker: CommandProcess): Promise<number[]> {
  const memory: number[] = [];
  while (worker.isRunning) {
    const now = await worker.memory();
    if (now !== undefined) memory.push(now);
    await wait(250);
  }
  return memory;
}

/** A tenth of the values, from 0 to 9. */
function part(values: readonly number[], tenth: number): readonly number[] {
  const at = (place: number) => Math.floor((values.length * place) / 10);
  return values.slice(at(tenth), at(tenth + 1));
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e5) / 10;
}

function rateOf(commits: Awaited<ReturnType<typeof commitsIn>>): number {
  const byTime = commits.toSorted((a, b) => a.finished.localeCompare(b.finished));
  const [first, last] = [byTime[0], byTime.at(-1)];
  if (!first || !last || first === last) return Number.NaN;
  const rows = byTime.slice(1).reduce((sum, { texts }) => sum + texts, 0);
  return (1000 * rows) / (Date.parse(last.finished) - Date.parse(first.finished));
}
