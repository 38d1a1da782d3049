// Judges: the function that the command calls, which has tests of its own, and what the command line promises.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tsne } from '../src/metrics/tsne/tsne.ts';
import { readNpy, writeNpy } from '../src/node/npy.ts';
import { adapterOptions, cli } from './support/cli-run.ts';
import { testGpu } from './support/gpu.ts';
import { seededNormal } from './support/numbers.ts';

const x = {
  data: seededNormal(40 * 6, 1).map((v, i) => v + 10 * (Math.floor(i / 6) % 2)),
  rows: 40,
  dim: 6,
};
let folder: string;
let input: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tsne-'));
  input = join(folder, 'x.npy');
  await writeNpy(input, { shape: [40, 6], data: x.data });
});
afterAll(() => rm(folder, { recursive: true }));

test('writes the map as .npy and says how good it is', async () => {
  const out = join(folder, 'made', 'y.npy');
  const options = ['--perplexity', '5', '--max-iter', '300', '--json', '--quiet', ...adapterOptions];
  const { code, stdout, stderr } = await cli(['tsne', input, '--out', out, ...options]);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const gpu = await testGpu();
  const map = await tsne(gpu, x, { perplexity: 5, maxIter: 300 });
  gpu.destroy();
  expect(JSON.parse(stdout)).toMatchObject({
    out,
    rows: 40,
    dim: 6,
    iterations: 300,
    learningRate: 50,
    klDivergence: map.klDivergence,
    seconds: expect.any(Number),
  });
  expect(await readNpy(out)).toEqual({ shape: [40, 2], data: map.embedding });
});

test('a later exaggeration and its learning rate reach the map', async () => {
  const out = join(folder, 'exaggerated.npy');
  const given = [
    '--perplexity',
    '5',
    '--max-iter',
    '300',
    '--exaggeration',
    '20',
    '--learning-rate',
    'n/exaggeration',
  ];
  const { stdout } = await cli([
    'tsne',
    input,
    '--out',
    out,
    ...given,
    '--json',
    '--quiet',
    ...adapterOptions,
  ]);
  const gpu = await testGpu();
  const options = { perplexity: 5, maxIter: 300, exaggeration: 20, learningRate: 'n/exaggeration' } as const;
  const [map, plain] = [await tsne(gpu, x, options), await tsne(gpu, x, { perplexity: 5, maxIter: 300 })];
  gpu.destroy();
  expect(JSON.parse(stdout)).toMatchObject({ learningRate: 40 / 20 / 4, klDivergence: map.klDivergence });
  expect(await readNpy(out)).toEqual({ shape: [40, 2], data: map.embedding });
  expect(map.embedding).not.toEqual(plain.embedding);
});

test('writes the map as .csv, by every option', async () => {
  const out = join(folder, 'y.csv');
  const options = [
    ...['--perplexity', '4.5', '--early-exaggeration', '4', '--learning-rate', '20'],
    ...['--max-iter', '250', '--n-iter-without-progress', '100', '--min-grad-norm', '0', '--init', 'random'],
    ...['--metric', 'cosine', '--seed', '7', '--method', 'exact', '--quiet', ...adapterOptions],
  ];
  const { code, stdout } = await cli(['tsne', input, '--out', out, ...options]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^40 points, 250 iterations in [\d.]+ s, KL divergence [\d.]+: .*y\.csv\n$/);
  const lines = (await readFile(out, 'utf8')).trimEnd().split('\n');
  expect(lines.length).toBe(41);
  expect(lines[0]).toBe('x,y');
  expect(lines[1]).toMatch(/^-?[\d.e-]+,-?[\d.e-]+$/);
});

test.each([
  { name: 'no --out', options: [], code: 2, message: /required option '-o, --out <file>'/ },
  { name: 'another ending', options: ['--out', 'y.txt'], code: 2, message: /must end in \.npy or \.csv/ },
  {
    name: 'no number',
    options: ['--out', 'y.npy', '--angle', 'wide'],
    code: 2,
    message: /It must be a number/,
  },
  {
    name: 'an unknown metric',
    options: ['--out', 'y.npy', '--metric', 'l1'],
    code: 2,
    message: /Allowed choices/,
  },
  {
    name: 'a perplexity of too few points',
    options: ['--out', 'y.npy', '--perplexity', '40', ...adapterOptions],
    code: 1,
    message:
      /^PerplexityError: tsne: perplexity must be less than the number of points, got 40 for 40 points/,
  },
])('ends with exit code $code: $name', async ({ options, code, message }) => {
  const result = await cli(['tsne', input, ...options]);
  expect(result.stderr).toMatch(message);
  expect(result.code).toBe(code);
  expect(result.stdout).toBe('');
});
