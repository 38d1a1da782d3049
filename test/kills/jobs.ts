import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expectFinished } from '../../src/node/alone-in.ts';
import { EMBEDDING_FILES } from '../../src/node/embedding-files.ts';
import { openLocalCheckpoint } from '../../src/node/files.ts';
import { readNpyRows } from '../../src/node/npy-vectors.ts';
import { readEmbeddingSet } from '../../src/node/study/embedding-set.ts';
import { openCheckpoint } from '../../weights/checkpoint.ts';
import { readConfig } from '../../weights/config.ts';
import type { Fixture } from '../faults/fixture.ts';
import { METHOD } from '../faults/fixture.ts';
import type { KillJob } from './job.ts';

/** The commands, each into a new folder and over what others wrote. */
export async function killJobs({ folder, model, options, captions, files }: Fixture): Promise<KillJob[]> {
  const others = join(folder, 'others.csv');
  const names = [4, 3, 2, 1, 0].map((i) => `scans/${i}.png,another caption ${i}\n`);
  await writeFile(others, `image,caption\n${names.join('')}`);
  await mkdir(join(folder, 'closed'), { recursive: true });
  const quiet = ['--quiet', '--json'];
  const embed = (table: string) => (out: string) => [
    'embed',
    '--captions',
    table,
    '-o',
    out,
    ...quiet,
    ...options,
  ];
  const convert = (dtype: string) => (out: string) => [
    'convert',
    model,
    '-o',
    out,
    '--dtype',
    dtype,
    ...quiet,
  ];
  const fitted = (seed: number) => (out: string) => [
    ...['close-gap', 'fit', files.images, files.texts, '-o', join(out, 'gap.safetensors'), ...quiet],
    ...[...METHOD, '--seed', String(seed)],
  ];
  const apply = (images: string, texts: string) => (out: string) => [
    ...['close-gap', 'apply', files.closing, '--images', images, '--texts', texts, '-o', out, ...quiet],
  ];
  const sweep = (seed: number) => (out: string) => [
    ...['close-gap', 'sweep', files.images, files.texts, '--no-heads', '-o', out, ...quiet],
    ...['--seed', String(seed), '--folds', '2'],
  ];
  const study = (table: string) => (out: string) => [
    'study',
    table,
    '-o',
    out,
    '--max-iter',
    '250',
    ...quiet,
    ...options,
  ];
  return [
    ...newAndOver('embed', embed(captions), embed(others), readRows),
    ...newAndOver('convert', convert('f16'), convert('f32'), readCheckpoint),
    ...newAndOver('close-gap fit', fitted(0), fitted(1), async () => {}),
    ...newAndOver(
      'close-gap apply',
      apply(files.images, files.texts),
      apply(files.texts, files.images),
      readRows,
    ),
    ...newAndOver('close-gap sweep', sweep(0), sweep(1), async () => {}),
    ...newAndOver('study', study(captions), study(others), readStudy).map((job) => ({
      ...job,
      outputOf: outputOfStudy,
    })),
  ];
}

function newAndOver(
  name: string,
  argv: KillJob['argv'],
  older: KillJob['argv'],
  read: KillJob['read'],
): KillJob[] {
  return [
    { name: `${name}, new`, argv, read },
    { name: `${name}, over another`, argv: (out) => [...argv(out), '--force'], older, read },
  ];
}

/** As a command reads both files of rows. */
async function readRows(out: string): Promise<void> {
  for (const kind of ['images', 'texts'] as const) await readNpyRows(join(out, `${kind}.npy`));
}

async function readCheckpoint(out: string): Promise<void> {
  const directory = await openLocalCheckpoint(out);
  const checkpoint = await openCheckpoint(directory, () => {});
  await readConfig(directory, checkpoint).finally(() => checkpoint.close());
}

async function readStudy(out: string): Promise<void> {
  await readEmbeddingSet(out);
  await expectFinished(join(out, 'figures'));
}

function outputOfStudy(file: string): string | undefined {
  if (file.startsWith('embedding-parts')) return undefined;
  if (file.startsWith('figures')) return 'figures';
  return (EMBEDDING_FILES as readonly string[]).includes(file) ? 'embeddings' : 'report';
}
