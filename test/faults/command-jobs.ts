import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cli } from '../support/cli-run.ts';
import { type Fixture, METHOD } from './fixture.ts';
import { CommandFailed, type Job } from './job.ts';
import type { Comparable } from './tree.ts';

/** The commands, in this process, as the command line runs them. */
export function commandJobs(fixture: Fixture): Job[] {
  const { model, options, captions, plan, files } = fixture;
  const embed = ['embed', '--captions', captions, ...options];
  return [
    command('embed', (out) => [...embed, '-o', out]),
    {
      ...command('embed --force', (out) => [...embed, '-o', out, '--force']),
      before: async (out) => {
        await mkdir(out);
        for (const name of ['images.npy', 'texts.npy', 'manifest.json'])
          await writeFile(join(out, name), 'of before');
      },
    },
    command('convert', (out) => ['convert', model, '-o', out, '--dtype', 'f16']),
    command('close-gap fit', (out) => [
      ...['close-gap', 'fit', files.images, files.texts, '-o', join(out, 'gap.safetensors')],
      ...METHOD,
    ]),
    command('close-gap apply', (out) => [
      ...['close-gap', 'apply', files.closing, '--images', files.images, '--texts', files.texts, '-o', out],
    ]),
    command('shards plan', (out) => [
      ...['shards', 'plan', '--captions', captions, '--rows', '3', '-o', join(out, 'plan.json'), '-m', model],
    ]),
    {
      ...command('embed --shards', (out) => ['embed', '--shards', plan, '-o', out, ...options]),
      leaves: 'whole files',
      comparable: withoutTimes,
    },
    {
      ...command('study', (out) => ['study', captions, '-o', out, '--max-iter', '250', ...options]),
      leaves: 'whole files',
      sample: 2,
      comparable: withoutCounters,
    },
  ];
}

function command(name: string, argv: (out: string) => readonly string[]): Job {
  return {
    name,
    leaves: 'nothing',
    whole: 'by method',
    sample: 4,
    run: async ({ out, signal }) => {
      const { code, stderr } = await cli([...argv(out), '--json', '--quiet'], { signal });
      if (code === 0) return {};
      throw failure(code, stderr);
    },
  };
}

/** What a command printed last. */
function failure(code: number, stderr: string): CommandFailed {
  const line = stderr.trimEnd().split('\n').at(-1) ?? '';
  try {
    const { error } = JSON.parse(line) as { error: { name: string; message: string } };
    return new CommandFailed(error.name, error.message, code);
  } catch {
    return new CommandFailed('no JSON', line, code);
  }
}

/** A commit says when it was made and how long it took; tries that failed stay, to be counted. */
const withoutTimes: Comparable = (path, bytes) => {
  if (path.startsWith('tries/')) return undefined;
  if (!/^[\da-f]{64}\.json$/.test(path)) return bytes;
  const { finished: _, seconds: __, ...commit } = JSON.parse(bytes.toString()) as Record<string, unknown>;
  return Buffer.from(JSON.stringify(commit));
};

/** ECharts numbers classes and clips through a whole process, so two runs in one differ; PDFs have these in compressed parts. */
const withoutCounters: Comparable = (path, bytes) => {
  if (path.endsWith('.pdf')) return undefined;
  return /\.(svg|html)$/.test(path)
    ? Buffer.from(bytes.toString().replaceAll(/zr\d+-[a-z]+-?\d+/g, 'zr'))
    : bytes;
};
