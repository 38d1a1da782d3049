// `gap --shards` and `search --shards` by the command line. The judges: the gap of all rows at once, and `search` in what embed wrote.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type GapReport, modalityGap } from '../src/index.ts';
import type { Ledger } from '../src/node/shards/ledger.ts';
import { adapterOptions, cli, tinyModel, writeImages } from './support/cli-run.ts';
import { seededNormal } from './support/numbers.ts';
import { SyntheticShards } from './support/synthetic-shards.ts';

let folder: string;
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shards-measured-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('gap --shards', () => {
  const [DIM, SHARD, SHARDS] = [12, 20, 4];
  const n = SHARD * SHARDS;
  const shared = seededNormal(n * DIM, 3);
  const rowsOf = (seed: number) =>
    seededNormal(n * DIM, seed).map((value, i) => value + (shared[i] ?? 0) + (i % DIM === 0 ? seed - 4 : 0));
  const [images, texts] = [rowsOf(5), rowsOf(3.5)];
  let shards: SyntheticShards;
  let ledger: Ledger;

  beforeAll(async () => {
    shards = new SyntheticShards(folder, images, texts, DIM, SHARD);
    await shards.plan();
    ledger = await shards.open('results');
    for (const index of [2, 0, 3]) await shards.commit(ledger, index);
  });

  const gap = (...args: string[]) => cli(['gap', '--shards', at('results'), ...args, ...adapterOptions]);

  test('refuses what is not complete, unless asked for the part', async () => {
    const { code, stderr } = await gap();
    expect([code, stderr]).toEqual([1, expect.stringMatching(/ShardsNotWholeError.*1 missing \(1\)/)]);
    const part = await gap('--partial', '--json');
    expect(part.stderr).toContain('1 shards are missing');
    expect(JSON.parse(part.stdout)).toMatchObject({ pairs: 3 * SHARD, shards: 3, missing: [1] });
    await shards.commit(ledger, 1);
  });

  test('of sums that are stored has the bits of those that are computed', async () => {
    const computed = await shards.open('computed');
    for (let index = 0; index < SHARDS; index++) await shards.commit(computed, index, index === 2);
    const of = async (results: string) => {
      const args = ['gap', '--shards', at(results), '--no-retrieval', '--json', ...adapterOptions];
      const { code, stdout, stderr } = await cli(args);
      expect(code, stderr).toBe(0);
      const { provenance: _, ...measured } = JSON.parse(stdout) as Record<string, unknown>;
      return measured;
    };
    expect(await of('computed')).toEqual(await of('results'));
  });

  test('sums that are not as their commit says are named', async () => {
    const [{ moments } = {}] = [
      await ledger.commitOf(ledger.plan.shards[2] as (typeof ledger.plan.shards)[number]),
    ];
    const path = join(at('results'), moments?.file ?? '');
    const bytes = await readFile(path);
    await writeFile(
      path,
      bytes.map((byte, i) => (i === 900 ? byte ^ 1 : byte)),
    );
    const { code, stderr } = await gap('--no-retrieval');
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining(`${moments?.file}: is not as its commit says`),
    ]);
    const verified = await cli(['shards', 'verify', at('results')]);
    expect([verified.code, verified.stderr]).toEqual([
      1,
      expect.stringContaining(`${moments?.file} has another SHA-256`),
    ]);
    await writeFile(path, bytes);
  });

  test('vectors that are not as their commit says are named by all that read them', async () => {
    const commit = await ledger.commitOf(ledger.plan.shards[1] as (typeof ledger.plan.shards)[number]);
    const path = join(at('results'), commit?.file ?? '');
    const bytes = await readFile(path);
    await writeFile(
      path,
      bytes.map((byte, i) => (i === 400 ? byte ^ 1 : byte)),
    );
    const map = ['tsne', '--shards', at('results'), '-o', at('none.csv'), ...adapterOptions];
    for (const { code, stderr } of [await gap(), await cli(map)]) {
      const said = `ShardsNotWholeError: ${at('results')}: shards are not whole: 1 damaged (${commit?.file} has another SHA-256`;
      expect([code, stderr]).toEqual([1, expect.stringContaining(said)]);
    }
    await writeFile(path, bytes);
  });

  test('has the values of gap on the whole', async () => {
    const { code, stdout, stderr } = await gap('--json', '--logit-scale', '20', '-o', at('gap.csv'));
    expect(code, stderr).toBe(0);
    const ours = JSON.parse(stdout) as GapReport & { histogram: Record<string, number[]> };
    const rows = (data: Float32Array) => ({ data, rows: n, dim: DIM, ids: shards.ids });
    const whole = await modalityGap(rows(images), rows(texts), {
      resamples: 0,
      permutations: 0,
      logitScale: 20,
    });
    for (const name of ['centroidDistance', 'distributionGap', 'modalityPurity', 'mixedNdcgAt10'] as const) {
      expect(ours[name].value, name).toBeCloseTo(whole[name].value, 6);
    }
    expect(ours.retrieval.imageToText.meanRank.value).toBe(whole.retrieval.imageToText.meanRank.value);
    expect(ours.logitEntropy?.textToImage.value).toBeCloseTo(whole.logitEntropy?.textToImage.value ?? 0, 6);
    expect(ours.histogram.imageText?.reduce((a, b) => a + b, 0)).toBe(n * n);
  });

  test('without retrieval', async () => {
    const { stdout } = await gap('--no-retrieval');
    expect(stdout).toMatch(/4 shards of .*\n80 pairs of 12 dimensions/);
    expect(stdout).toMatch(/image to text, recall@1 +undefined/);
    expect(stdout).toMatch(/distance of the centroids +\d/);
  });

  test.each([
    [['a.npy', 'b.npy'], 'name no other files'],
    [['--resamples', '9'], '--resamples is not for --shards'],
    [['--closing', 'x'], '--closing is not for --shards'],
  ])('%j', async (args, message) => {
    const { code, stderr } = await gap(...args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  test('--partial without --shards, and no files at all', async () => {
    expect((await cli(['gap', 'a.npy', 'b.npy', '--partial'])).stderr).toContain('--partial is for --shards');
    expect((await cli(['gap'])).stderr).toContain('UsageError: name images and texts');
  });
});

describe('search --shards', () => {
  test('finds what search finds, and says what it is', async () => {
    const { options } = await tinyModel(folder);
    const names = Array.from({ length: 7 }, (_, i) => `${i}.png`);
    await writeImages(at('scans'), names);
    await writeFile(
      at('scans/c.csv'),
      ['image,caption', ...names.map((name) => `${name},caption of ${name}`)].join('\n'),
    );
    const inputs = [at('scans'), '--captions', at('scans/c.csv')];
    const plan = ['shards', 'plan', ...inputs, '-o', at('scans.json'), '--rows', '3', ...options.slice(0, 2)];
    for (const line of [
      plan,
      ['embed', '--shards', at('scans.json'), '-o', at('found'), ...options],
      ['embed', ...inputs, '-o', at('whole'), ...options],
    ]) {
      const { code, stderr } = await cli(line);
      expect(code, stderr).toBe(0);
    }
    interface Results {
      readonly results: { hits: { id: string; cosine: number; caption: string; rank: number }[] }[];
    }
    const found = async (args: string[]) => {
      const { stdout, stderr, code } = await cli(['search', ...args, '-n', '5', '--json', ...options]);
      expect(code, stderr).toBe(0);
      return (JSON.parse(stdout) as Results).results[0]?.hits ?? [];
    };
    const ours = await found(['--shards', at('found'), 'a chest X-ray']);
    const theirs = await found([at('whole'), 'a chest X-ray']);
    expect(ours.map(({ id, rank, caption }) => [id, rank, caption])).toEqual(
      theirs.map(({ id, rank, caption }) => [id, rank, caption]),
    );
    for (const [i, { cosine }] of ours.entries()) expect(cosine).toBeCloseTo(theirs[i]?.cosine ?? 0, 5);
    const wrong = await cli(['search', '--shards', at('found'), 'a', 'b']);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('name the query alone')]);
  });
});
