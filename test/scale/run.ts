// Runs that take too long for the test command: `npm run scale -- kills`, `rows`, `load` and `cycles`, after `npm run build`. What they
// find is printed and written to bench/results/.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { localDirectorySink } from '../../src/node/files.ts';
import { writeSeededModel } from '../../weights/seeded.ts';
import { cycleRun } from './cycle-run.ts';
import { killRun } from './kill-run.ts';
import { loadRun } from './load-run.ts';
import { rowRun } from './row-run.ts';

const program = new Command('scale');
const number = (text: string) => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`${text} is no positive integer`);
  return value;
};

program
  .command('kills')
  .summary('workers of which one is killed again and again: the bytes of an undisturbed run')
  .option('--images <n>', 'small images', number, 20_000)
  .option('--captions <n>', 'captions of them', number, 100_000)
  .option('--rows <n>', 'images or captions a shard', number, 500)
  .option('--workers <n>', 'at once', number, 4)
  .option('--kills <n>', 'of a worker at random', number, 50)
  .action((options: Record<'images' | 'captions' | 'rows' | 'workers' | 'kills', number>) =>
    recorded('scale-kills', async (folder) => {
      const report = await killRun({ ...options, folder, program: 'built', say });
      if (report.different > 0) process.exitCode = 1;
      return { asked: options, ...report };
    }),
  );

program
  .command('rows')
  .summary('many rows of a small model: memory, and the rate of several workers beside that of one')
  .option('--captions <n>', 'captions', number, 1_000_000)
  .option('--rows <n>', 'a shard', number, 4096)
  .option('--workers <n>', 'on a core each', number, cpus().length)
  .action((options: Record<'captions' | 'rows' | 'workers', number>) =>
    recorded('scale-rows', async (folder) => {
      const model = join(folder, 'model');
      await writeSeededModel(localDirectorySink(model), { preset: 'tiny' });
      const choice = ['--model', model];
      const runs = await rowRun({
        ...options,
        folder,
        program: 'built',
        planning: choice,
        embedding: choice,
        say,
      });
      return { asked: options, runs };
    }),
  );

program
  .command('load')
  .summary('one process, batches of changing shape, images that cannot be read: memory, handles and rate')
  .option('--captions <n>', 'captions', number, 100_000)
  .option('--images <n>', 'images, one in a hundred broken', number, 20_000)
  .option('--minutes <n>', 'batches until then, instead', number)
  .action((options: Record<'captions' | 'images', number> & { readonly minutes?: number }) =>
    recorded('scale-load', async (folder) => ({
      asked: options,
      ...(await loadRun({ ...options, folder, say })),
    })),
  );

program
  .command('cycles')
  .summary('a model loaded and destroyed again and again: memory and threads')
  .option('--cycles <n>', 'loads', number, 96)
  .action((options: Record<'cycles', number>) =>
    recorded('scale-cycles', async () => ({ asked: options, ...(await cycleRun({ ...options, say })) })),
  );

async function recorded(name: string, run: (folder: string) => Promise<object>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), `${name}-`));
  try {
    const [cpu] = cpus();
    const machine = `${cpus().length} cores of ${cpu?.model}, Node ${process.version}`;
    const report = { date: new Date().toISOString(), machine, ...(await run(folder)) };
    const json = `${JSON.stringify(report, null, 2)}\n`;
    await writeFile(new URL(`../../bench/results/${name}.json`, import.meta.url), json);
    process.stdout.write(json);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

await program.parseAsync();
