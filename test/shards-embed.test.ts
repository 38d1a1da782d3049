// Shards, embedded by several workers in turn. The judges: `embed` of the whole, to rounding, since its batches are others; an
// undisturbed run, to the bit; and the files in the folder.
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli } from '../src/node/commands/run-cli.ts';
import { localDirectorySink } from '../src/node/files.ts';
import { readNpyRows } from '../src/node/npy-vectors.ts';
import type { ShardCommit } from '../src/node/shards/ledger.ts';
import { readMoments } from '../src/node/shards/moments-file.ts';
import { type OpenedPlan, readPlan } from '../src/node/shards/plan.ts';
import { scheduledPlace } from '../src/node/shards/worker-place.ts';
import { writeSeededModel } from '../weights/seeded.ts';
import { adapterOptions, Captured, cli, tinyModel, writeImages } from './support/cli-run.ts';
import { maxAbsDiff } from './support/numbers.ts';

let folder: string;
let options: string[];
let scans: string[];
let plan: OpenedPlan;
const at = (name: string) => join(folder, name);
const names = Array.from({ length: 9 }, (_, i) => `${i}.png`);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shards-embed-'));
  ({ options } = await tinyModel(folder));
  scans = await writeImages(at('scans'), names);
  const rows = names.slice(0, 7).map((name, i) => `${name},caption ${i},${i % 2}`);
  await writeFile(
    at('scans/captions.csv'),
    ['image,caption,label', ...rows, '0.png,once more,0', ''].join('\n'),
  );
  plan = await planOf('plan.json');
});
afterAll(() => rm(folder, { recursive: true }));

async function planOf(name: string, more: readonly string[] = []): Promise<OpenedPlan> {
  const args = [at('scans'), '--captions', at('scans/captions.csv'), '--rows', '3', ...more];
  const { code, stderr } = await cli(['shards', 'plan', ...args, '-o', at(name), ...options.slice(0, 2)]);
  expect(code, stderr).toBe(0);
  return readPlan(at(name));
}

async function work(out: string, args: readonly string[] = [], of = 'plan.json') {
  const { code, stdout, stderr } = await cli([
    ...['embed', '--shards', at(of), '-o', at(out), '--json', ...options],
    ...args,
  ]);
  return { code, stderr, result: code === 0 ? (JSON.parse(stdout) as Record<string, unknown>) : undefined };
}

/** Names and bytes of all results. */
async function results(out: string): Promise<Map<string, Buffer>> {
  const files = (await readdir(at(out))).filter((name) => name.endsWith('.parquet')).sort();
  return new Map(
    await Promise.all(files.map(async (name) => [name, await readFile(at(join(out, name)))] as const)),
  );
}

async function commits(out: string): Promise<ShardCommit[]> {
  return Promise.all(
    plan.shards.map(
      async ({ id }) => JSON.parse(await readFile(at(join(out, `${id}.json`)), 'utf8')) as ShardCommit,
    ),
  );
}

test('workers embed each shard once, as embed does the whole', async () => {
  expect(plan.shards.length).toBe(4);
  const first = await work('out', ['--shard', '1/3']);
  expect(first.result).toMatchObject({ worker: { index: 1, of: 3 }, shards: 1, committed: 1 });
  expect((await work('out', ['--shard', '0/3'])).result).toMatchObject({ shards: 2, committed: 2 });
  const last = await work('out');
  expect(last.result).toMatchObject({ shards: 4, done: 3, committed: 1, same: 0 });
  expect((await work('out')).result).toMatchObject({ shards: 4, committed: 0 });
  expect((await readdir(at('out'))).filter((name) => name.startsWith('.'))).toEqual([]);
  expect(await readdir(at('out/tries'))).toEqual([]);

  const whole = await cli([
    'embed',
    at('scans'),
    '--captions',
    at('scans/captions.csv'),
    '-o',
    at('whole'),
    ...options,
  ]);
  expect(whole.code).toBe(0);
  for (const kind of ['images', 'texts'] as const) {
    const { rows, origin } = await readNpyRows(at(`whole/${kind}.npy`), kind);
    const byName = new Map<string, Float32Array>();
    const nameOf = (entry: { id: string; caption?: string } | undefined) =>
      kind === 'images' ? `${entry?.id}` : `${entry?.id}: ${entry?.caption}`;
    for (const [i, entry] of origin?.manifest[kind].entries() ?? []) {
      byName.set(nameOf(entry), rows.data.subarray(i * rows.dim, (i + 1) * rows.dim));
    }
    let count = 0;
    for (const { file, ...commit } of await commits('out')) {
      if (commit[kind] === 0) continue;
      const part = await readNpyRows(at(`out/${file}`), kind);
      expect(part.rows.rows).toBe(commit[kind]);
      for (const [i, entry] of part.origin?.manifest[kind].entries() ?? []) {
        const row = part.rows.data.slice(i * rows.dim, (i + 1) * rows.dim);
        expect(maxAbsDiff(row, byName.get(nameOf(entry)) ?? []), nameOf(entry)).toBeLessThan(2e-6); // unit rows in f32
        count += 1;
      }
    }
    expect(count).toBe(rows.rows);
  }
  const [{ provenance, images, pairs, moments, alone } = {} as ShardCommit] = await commits('out');
  const sums = await readMoments('', await readFile(at(`out/${moments?.file}`)));
  expect([alone, sums.n, sums.items]).toEqual([{ images: 0, texts: 0 }, 3, 2]);
  expect({ images, pairs }).toEqual({ images: 3, pairs: 3 }); // two images: that of two captions has two rows, as by embed
  expect(provenance.model?.fingerprint).toBe(plan.recipe.fingerprint);
});

test('a pair of which one is left out is no pair in the sums', async () => {
  const rows = ['id,image,caption', 'x,0.png,one', 'x,1.png,two', 'x,bad.png,three', ''];
  await writeFile(at('scans/bad.png'), 'no image');
  await writeFile(at('scans/ids.csv'), rows.join('\n'));
  const table = ['--captions', at('scans/ids.csv'), '-o', at('ids.json')];
  expect((await cli(['shards', 'plan', ...table, ...options.slice(0, 2)])).stderr).not.toContain('Error');
  const { code, stderr } = await work('ids', ['--on-error', 'skip'], 'ids.json');
  expect(code, stderr).toBe(0);
  const [{ id } = { id: '' }] = (await readPlan(at('ids.json'))).shards;
  const commit = JSON.parse(await readFile(at(`ids/${id}.json`), 'utf8')) as ShardCommit;
  const sums = await readMoments('', await readFile(at(`ids/${commit.moments?.file}`)));
  expect([commit.images, commit.texts, sums.n, commit.alone]).toEqual([2, 3, 2, { images: 0, texts: 1 }]);
  await rm(at('scans/bad.png')); // what follows plans the whole folder
});

test('again, elsewhere, and in any order: the same names and bytes', async () => {
  for (const shard of ['2/4', '0/4', '3/4', '1/4'])
    expect((await work('again', ['--shard', shard])).code).toBe(0);
  const [first, second] = [await results('out'), await results('again')];
  expect([...second.keys()]).toEqual([...first.keys()]);
  for (const [name, bytes] of first) expect(second.get(name)?.equals(bytes), name).toBe(true);
});

test('f16: half the bytes, and each value the nearest half', async () => {
  await planOf('half.json', ['--vectors', 'f16']);
  expect((await work('half', [], 'half.json')).code).toBe(0);
  const half = await readPlan(at('half.json'));
  for (const [i, { id }] of half.shards.entries()) {
    const commit = JSON.parse(await readFile(at(`half/${id}.json`), 'utf8')) as ShardCommit;
    const whole = (await commits('out'))[i];
    const [a, b] = await Promise.all(
      [at(`half/${commit.file}`), at(`out/${whole?.file}`)].map((path) => readNpyRows(path, 'images')),
    );
    const apart = a?.rows.data.map((value, at) => Math.abs(value - (b?.rows.data[at] ?? 0))) ?? [];
    expect(Math.max(...apart)).toBeGreaterThan(0);
    expect(Math.max(...apart)).toBeLessThan(2 ** -12); // |x| < 1, 11 bits
  }
});

describe('shards that standard input asks for', () => {
  const asked = async (lines: string, out = 'asked') => {
    const io = { stdin: Readable.from([lines]), stdout: new Captured(), stderr: new Captured() };
    const args = ['embed', '--shards', at('plan.json'), '--shard', '-', '-o', at(out), ...options];
    const code = await runCli(args, io);
    return {
      code,
      stderr: io.stderr.text,
      news: io.stdout.text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
    };
  };

  test('are told one by one', async () => {
    const { code, news } = await asked('2\n{"shard": 0}\n\n2\n');
    expect(code).toBe(0);
    expect(news).toEqual([
      { shard: 2, id: plan.shards[2]?.id, became: 'committed' },
      { shard: 0, id: plan.shards[0]?.id, became: 'committed' },
      { shard: 2, id: plan.shards[2]?.id, became: 'done' },
    ]);
    const [ours, whole] = [await results('asked'), await results('out')];
    for (const [name, bytes] of ours) expect(whole.get(name)?.equals(bytes), name).toBe(true);
  });

  test.each(['4', '-1', '1.5', 'one', '{"shard": "1"}', '[1]'])('%s is no shard', async (line) => {
    const { code, stderr, news } = await asked(`\n${line}\n`);
    expect([code, news]).toEqual([2, []]);
    expect(stderr).toContain('standard input, line 2: must be the index of a shard, 0 to 3');
  });
});

describe('what is refused', () => {
  test('another model, and other inputs, into the same folder', async () => {
    await writeSeededModel(localDirectorySink(at('other')), { preset: 'tiny', seed: 5 });
    const { code } = await cli(['shards', 'plan', at('scans'), '-o', at('other.json'), '-m', at('other')]);
    expect(code).toBe(0);
    const refused = await work('out', [], 'other.json');
    expect(refused.stderr).toMatch(/OtherPlanError.*has results of the model/);
    await planOf('cut.json', ['--rows', '2']);
    expect((await work('out', [], 'cut.json')).stderr).toMatch(/OtherPlanError.*other inputs/);
  });

  test('a model that is not the planned one', async () => {
    const args = [
      'embed',
      '--shards',
      at('plan.json'),
      '-o',
      at('wrong'),
      '-m',
      at('other'),
      ...adapterOptions,
    ];
    const { stderr } = await cli(args);
    expect(stderr).toMatch('DifferentCheckpointsError');
    expect((await readdir(at('wrong'))).sort()).toEqual(['plan.json', 'tries']);
  });

  test.each([
    [['--window', '0,9'], '--window is not for --shards'],
    [['--dtype', 'f16'], '--dtype is not for --shards'],
    [['--shard', '3/3'], 'It must be i/n'],
    [['scan.png'], 'name no images beside it'],
  ])('%s', async (args, message) => {
    const { code, stderr } = await work('usage', args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  test('--shard without --shards', async () => {
    const { code, stderr } = await cli(['embed', 'a.png', '--shard', '0/2', '-o', at('usage')]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('--shard is for shards')]);
  });
});

describe('inputs that change', () => {
  test('since the plan: the file and its row are named, the other shards are done', async () => {
    await planOf('times.json');
    const { mtime } = { mtime: new Date(1.5e12) };
    await utimes(scans[8] ?? '', mtime, mtime);
    const { code, stderr } = await work('times', [], 'times.json');
    expect(code).toBe(1);
    expect(JSON.parse(stderr.trim().split('\n').at(-1) ?? '')).toMatchObject({
      error: {
        name: 'ShardsLeftError',
        failed: [
          { shard: 3, error: expect.stringMatching(/InputChangedError.*8\.png: changed .*\(row \d\)/) },
        ],
      },
    });
    expect((await readdir(at('times'))).filter((name) => name.endsWith('.parquet'))).toHaveLength(3);
  });

  test('with digests a file may be copied, but not be another', async () => {
    await planOf('digests.json', ['--digests']);
    await utimes(scans[4] ?? '', new Date(1.4e12), new Date(1.4e12));
    expect((await work('digests', ['--shard', '1/4'], 'digests.json')).code).toBe(0);
    const before = await readFile(scans[8] ?? '');
    await writeFile(scans[8] ?? '', await readFile(scans[0] ?? ''));
    const { stderr } = await work('digests', ['--shard', '3/4'], 'digests.json');
    expect(stderr).toMatch(/8\.png: changed since .* its bytes had the SHA-256/);
    await writeFile(scans[8] ?? '', before);
  });
});

describe('an image that cannot be read', () => {
  beforeAll(async () => {
    await writeFile(at('bad.png'), 'no image');
    const args = ['shards', 'plan', scans[0] ?? '', at('bad.png'), scans[1] ?? '', '--rows', '1'];
    expect((await cli([...args, '-o', at('bad.json'), ...options.slice(0, 2)])).code).toBe(0);
  });

  test('fails its shard alone, which is parked after so many tries', async () => {
    for (const attempt of [1, 2]) {
      const { code, stderr } = await work('bad', ['--tries', '2'], 'bad.json');
      expect([attempt, code, stderr]).toEqual([
        attempt,
        1,
        expect.stringMatching(/shard 1 failed: .*bad\.png: the image cannot be read/),
      ]);
    }
    const { code, stderr } = await work('bad', ['--tries', '2'], 'bad.json');
    expect([code, stderr]).toEqual([1, expect.stringContaining('1 parked (1)')]);
    expect((await readdir(at('bad'))).filter((name) => name.endsWith('.parquet'))).toHaveLength(2);
  });

  test('is left out with --on-error skip, and its error is in the result', async () => {
    expect((await work('skipped', ['--on-error', 'skip'], 'bad.json')).code).toBe(0);
    const { shards } = await readPlan(at('bad.json'));
    const commit = JSON.parse(await readFile(at(`skipped/${shards[1]?.id}.json`), 'utf8')) as ShardCommit;
    expect(commit).toMatchObject({ images: 0, skipped: 1 });
  });
});

describe('the place of a worker', () => {
  test.each([
    [{}, { index: 0, of: 1 }],
    [
      {
        SLURM_ARRAY_TASK_ID: '7',
        SLURM_ARRAY_TASK_MIN: '1',
        SLURM_ARRAY_TASK_MAX: '16',
        SLURM_ARRAY_TASK_COUNT: '16',
      },
      { index: 6, of: 16 },
    ],
    [
      {
        SLURM_ARRAY_TASK_ID: '8',
        SLURM_ARRAY_TASK_MIN: '0',
        SLURM_ARRAY_TASK_MAX: '12',
        SLURM_ARRAY_TASK_COUNT: '4',
        SLURM_ARRAY_TASK_STEP: '4',
      },
      { index: 2, of: 4 },
    ],
    [{ SLURM_ARRAY_TASK_ID: '7' }, { index: 7, of: 20 }],
    [{ JOB_COMPLETION_INDEX: '3' }, { index: 3, of: 20 }],
    [{ JOB_COMPLETION_INDEX: '30' }, { index: 30, of: 31 }],
  ])('%j', (env, place) => {
    expect(scheduledPlace(env, 20)).toMatchObject(place);
  });

  test('an array with holes', () => {
    const env = {
      SLURM_ARRAY_TASK_ID: '7',
      SLURM_ARRAY_TASK_MIN: '3',
      SLURM_ARRAY_TASK_MAX: '7',
      SLURM_ARRAY_TASK_COUNT: '2',
    };
    expect(() => scheduledPlace(env, 20)).toThrow('--shard $SLURM_ARRAY_TASK_ID/8');
  });
});
