// The bench is its own judge of parity: cosines of sampled rows with ONNX Runtime's and NumPy's.
import { expect, test } from 'vitest';
import { growthExponent } from '../bench/statistics.ts';
import { adapterOptions, cli } from './support/cli-run.ts';

test('the exponent of times that grow as n^1.5', () => {
  const points = [10, 20, 70].map((n) => [n, 3 * n ** 1.5] as const);
  expect(growthExponent(points)).toBeCloseTo(1.5, 12);
  expect(growthExponent([[10, 5]])).toBeNaN();
});

test('bench metrics races all peers at each size, and all agree', async () => {
  const argv = ['bench', 'metrics', '--sizes', '50', '130', '--rounds', '1', '--json', '--quiet'];
  const { code, stdout, stderr } = await cli([...argv, ...adapterOptions]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { races, growth, numpy } = JSON.parse(stdout);
  expect(races.map(({ kind, n }: { kind: string; n: number }) => [kind, n])).toEqual([
    ['matrix', 50],
    ['top 10', 50],
    ['matrix', 130],
    ['top 10', 130],
  ]);
  for (const { peers } of races) {
    for (const { name, parity, time } of peers) {
      expect(parity, name).toBeGreaterThan(0.999999);
      expect(time.median).toBeGreaterThan(0);
    }
  }
  const names = races[0].peers.map(({ name }: { name: string }) => name);
  expect(names).toEqual(expect.arrayContaining(['ORT cpu', 'ours dot', 'ours cosine', 'ours euclidean']));
  expect(names.includes('NumPy')).toBe(numpy !== 'none'); // left out where Python has none
  expect(growth).toHaveLength(races[0].peers.length + races[1].peers.length);
});

test('bench metrics compares some rows with all, and times the first run where there are no others', async () => {
  const argv = [
    'bench',
    'metrics',
    '--sizes',
    '200',
    '--queries',
    '70',
    '--rounds',
    '0',
    '--json',
    '--quiet',
  ];
  const { code, stdout } = await cli([...argv, ...adapterOptions]);
  expect(code).toBe(0);
  const { races } = JSON.parse(stdout);
  expect(races).toMatchObject([{ kind: 'top 10', n: 200, queries: 70, peers: [{ name: 'ours dot' }] }]);
  const [{ peers, gpuBytes }] = races;
  expect(peers[0].parity).toBeGreaterThan(0.999999);
  expect(peers[0].time.median).toBe(peers[0].firstMs);
  expect(gpuBytes).toBeGreaterThanOrEqual(200 * 512 * 4);
});

test.each([
  ['--sizes 0', 'a positive integer'],
  ['--rounds 1.5', 'an integer of at least 0'],
])('bench metrics %s is wrong usage', async (options, expected) => {
  const { code, stderr } = await cli(['bench', 'metrics', ...options.split(' ')]);
  expect(code).toBe(2);
  expect(stderr).toContain(`It must be ${expected};`);
});
