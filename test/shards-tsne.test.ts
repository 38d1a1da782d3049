// `tsne --shards` by the command line. The judges: `tsne` of the landmarks alone, and `tsneTransform` of all other rows at once.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gpu } from '../src/device/gpu.ts';
import { sampleOf } from '../src/metrics/random.ts';
import { tsneTransform } from '../src/metrics/tsne/transform.ts';
import { tsne } from '../src/metrics/tsne/tsne.ts';
import { selectRows } from '../src/metrics/vectors.ts';
import { readNpyRows } from '../src/node/npy-vectors.ts';
import { adapterOptions, cli } from './support/cli-run.ts';
import { testGpu } from './support/gpu.ts';
import { maxAbsDiff, seededNormal } from './support/numbers.ts';
import { SyntheticShards } from './support/synthetic-shards.ts';

const [DIM, SHARD, N] = [12, 30, 100]; // the last shard has ten pairs
let folder: string;
let gpu: Gpu;
const at = (name: string) => join(folder, name);
const [images, texts] = [seededNormal(N * DIM, 5), seededNormal(N * DIM, 6).map((x) => x + 2)];

/** All rows as the command takes them: of each shard the images, then the texts. */
const all = (() => {
  const [data, names]: [number[], string[]] = [[], []];
  for (let first = 0; first < N; first += SHARD) {
    const end = Math.min(first + SHARD, N);
    for (const [kind, rows] of Object.entries({ images, texts })) {
      data.push(...rows.slice(first * DIM, end * DIM));
      for (let i = first; i < end; i++) names.push(`${kind},pair ${i}`);
    }
  }
  return { data: Float32Array.from(data), rows: 2 * N, dim: DIM, names };
})();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shards-tsne-'));
  gpu = await testGpu();
  const shards = new SyntheticShards(folder, images, texts, DIM, SHARD);
  await shards.plan();
  const ledger = await shards.open('results');
  for (const index of [3, 0, 2, 1]) await shards.commit(ledger, index);
  await shards.commit(await shards.open('part'), 1);
});
afterAll(async () => {
  gpu.destroy();
  await rm(folder, { recursive: true });
});

async function mapped(out: string, ...args: string[]) {
  const line = ['tsne', '--shards', at('results'), '-o', at(out), '--perplexity', '8', '--json', ...args];
  const { code, stdout, stderr } = await cli([...line, ...adapterOptions]);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as Record<string, unknown>;
}

async function table(out: string) {
  const [header, ...lines] = (await readFile(at(out), 'utf8')).trimEnd().split('\n');
  const rows = lines.map((line) => /^(\w+,pair \d+),([01]),(.+),(.+)$/.exec(line) ?? []);
  return {
    header,
    names: rows.map(([, name]) => name),
    landmarks: rows.flatMap(([, , mark], row) => (mark === '1' ? row : [])),
    places: rows.flatMap(([, , , x, y]) => [Number(x), Number(y)]),
  };
}

test('landmarks lie where t-SNE puts them, all others where tsneTransform does', async () => {
  const said = await mapped('map.csv', '--landmarks', '60', '--seed', '4');
  expect(said).toMatchObject({ rows: 200, landmarks: 60, shards: 4, missing: [] });
  const { header, names, landmarks, places } = await table('map.csv');
  expect([header, names]).toEqual(['kind,id,landmark,x,y', all.names]);
  const sample = [...sampleOf(4, 60, 200)];
  expect(landmarks).toEqual(sample);

  const x = selectRows(all, sample);
  const { embedding, klDivergence } = await tsne(gpu, x, { perplexity: 8 });
  expect(said.klDivergence).toBeCloseTo(klDivergence, 6);
  const others = names.map((_, row) => row).filter((row) => !sample.includes(row));
  const placed = await tsneTransform(gpu, { x, embedding }, selectRows(all, others), { perplexity: 8 });
  const of = (rows: number[]) => rows.flatMap((row) => places.slice(2 * row, 2 * row + 2));
  expect(maxAbsDiff(of(sample), embedding)).toBeLessThan(1e-4); // of texts of f32, |y| < 100
  expect(maxAbsDiff(of(others), placed.embedding)).toBeLessThan(1e-4);

  await mapped('map.npy', '--landmarks', '60', '--seed', '4');
  const { rows } = await readNpyRows(at('map.npy'));
  expect(maxAbsDiff(rows.data, places)).toBeLessThan(1e-4);
});

test('of one kind, and where all rows are landmarks', async () => {
  expect(await mapped('texts.csv', '--rows', 'texts')).toMatchObject({ rows: N, landmarks: N });
  const { names, places } = await table('texts.csv');
  expect(names).toEqual(Array.from({ length: N }, (_, i) => `texts,pair ${i}`));
  const { embedding } = await tsne(gpu, { data: texts, rows: N, dim: DIM }, { perplexity: 8 });
  expect(maxAbsDiff(places, embedding)).toBeLessThan(1e-4);
});

test('of what is done, where that was asked for', async () => {
  const line = ['tsne', '--shards', at('part'), '-o', at('part.csv'), '--perplexity', '8', ...adapterOptions];
  const { code, stderr } = await cli(line);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/ShardsNotWholeError.*3 missing \(0, 2, 3\)/)]);
  const part = await cli([...line, '--partial']);
  expect([part.code, part.stderr]).toEqual([0, expect.stringContaining('3 shards are missing')]);
  expect((await table('part.csv')).names).toHaveLength(2 * SHARD);
});

test.each([
  [['--shards', '.', 'x.npy'], 'name no file beside it'],
  [[], 'name a file of vectors, or --shards and a folder'],
  [['x.npy', '--landmarks', '9'], '--landmarks is for --shards'],
  [['x.npy', '--partial'], '--partial is for --shards'],
])('%j', async (args, message) => {
  const { code, stderr } = await cli(['tsne', ...args, '-o', at('none.csv')]);
  expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
});

test('fewer landmarks than the perplexity takes are told before the work', async () => {
  const line = [
    'tsne',
    '--shards',
    at('results'),
    '--landmarks',
    '8',
    '--perplexity',
    '8',
    '-o',
    at('none.csv'),
  ];
  const { code, stderr } = await cli(line);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/PerplexityError.*got 8 for 8 points/)]);
});
