// Judges: scikit-learn's joint probabilities (golden/tsne/tsne.py), and the definition of the neighbours.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../src/device/gpu.ts';
import { HeldTensors } from '../src/device/held-tensors.ts';
import type { Tensor } from '../src/device/tensor.ts';
import { nearestNeighbours } from '../src/metrics/neighbours/exact.ts';
import { centred, uploadParts } from '../src/metrics/neighbours/points.ts';
import { affinitiesOf } from '../src/metrics/tsne/tsne.ts';
import type { Vectors } from '../src/metrics/vectors.ts';
import { asHardware, testGpu } from './support/gpu.ts';
import { seededNormal } from './support/numbers.ts';
import { readTensor } from './support/read-tensor.ts';
import { digitsFrom, firstRows, tsneGolden } from './support/tsne-data.ts';

interface RowGolden {
  readonly row: number;
  readonly columns: readonly number[];
  readonly values: readonly number[];
}

interface DigitsGolden {
  readonly x: string;
  readonly rows: number;
  readonly dim: number;
  readonly joint: readonly RowGolden[];
  readonly jointEntries: number;
  readonly jointCosine: readonly RowGolden[];
}

const golden = tsneGolden<DigitsGolden>('digits');
const digits = digitsFrom(golden);

let software: Gpu;
let hardware: Gpu;
beforeAll(async () => {
  software = await testGpu();
  hardware = asHardware(software);
});
afterAll(() => software.destroy());

async function readFloats(gpu: Gpu, tensor: Tensor): Promise<Float32Array> {
  return new Float32Array((await readTensor(gpu, tensor)).buffer);
}

/** P as one map of columns to values a row. */
async function joint(gpu: Gpu, x: Vectors, settings: Parameters<typeof affinitiesOf>[2]) {
  const held = new HeldTensors(gpu, 'P');
  const affinities = await affinitiesOf(held, x, settings);
  const starts = await readTensor(gpu, affinities.starts);
  const all: Map<number, number>[] = [];
  for (const { first, end, base, ...band } of affinities.bands) {
    const columns = await readTensor(gpu, band.columns);
    const values = await readFloats(gpu, band.values);
    for (let row = first; row < end; row++) {
      const entries = new Map<number, number>();
      for (let at = (starts[row] ?? 0) - base; at < (starts[row + 1] ?? 0) - base; at++) {
        entries.set(columns[at] ?? -1, values[at] ?? Number.NaN);
      }
      all.push(entries);
    }
  }
  held.free();
  return all;
}

describe.each([
  { variant: 'the adapter', of: () => software },
  { variant: 'hardware', of: () => hardware },
])('as on $variant', ({ of }) => {
  test.each([
    { metric: 'euclidean', rows: golden.joint },
    { metric: 'cosine', rows: golden.jointCosine },
  ] as const)('P of the digits equals scikit-learn’s: $metric', async ({ metric, rows }) => {
    const p = await joint(of(), digits, { perplexity: 30, metric, method: 'barnes_hut' });
    const entries = p.reduce((sum, row) => sum + row.size, 0);
    // Whole numbers have ties, of which either side may leave out another one.
    if (metric === 'euclidean') expect(Math.abs(entries - golden.jointEntries)).toBeLessThan(40);
    for (const { row, columns, values } of rows) {
      const ours = p[row] ?? new Map<number, number>();
      const shared = columns.filter((column) => ours.has(column));
      expect(shared.length).toBeGreaterThanOrEqual(columns.length - 3);
      const largest = Math.max(...values);
      for (const column of shared) {
        // The bisection ends within 1e-5 of the entropy, f32 or not, which is some 1e-4 of a probability.
        const difference = (ours.get(column) ?? Number.NaN) - (values[columns.indexOf(column)] ?? Number.NaN);
        expect(Math.abs(difference)).toBeLessThan(5e-4 * largest);
      }
    }
  });

  test('P is symmetric to the bit and sums to 1', async () => {
    const x = firstRows(digits, 333);
    for (const method of ['barnes_hut', 'exact'] as const) {
      const p = await joint(of(), x, { perplexity: 10, metric: 'euclidean', method });
      let sum = 0;
      for (const [i, row] of p.entries()) {
        expect(row.has(i)).toBe(false);
        for (const [j, value] of row) {
          expect(p[j]?.get(i)).toBe(value);
          sum += value;
        }
      }
      expect(sum).toBeCloseTo(1, 5);
    }
  });

  test.each([
    { n: 2, dim: 3, k: 1 },
    { n: 5, dim: 4, k: 4 },
    { n: 70, dim: 33, k: 7 },
    { n: 301, dim: 5, k: 40 },
    { n: 400, dim: 9, k: 290 }, // more than the first of two bands has points
    { n: 300, dim: 9, k: 299 },
  ])('the nearest $k of $n points in $dim dimensions', async ({ n, dim, k }) => {
    const x = { data: seededNormal(n * dim, n).map((v) => v + 100), rows: n, dim };
    const found = await neighbours(of(), x, k);
    for (let i = 0; i < n; i++) {
      const expected = sorted(x, i).slice(0, k);
      expect([...found.ids.subarray(i * k, (i + 1) * k)]).toEqual(
        expected.map(({ j }) => j).sort((a, b) => a - b),
      );
      const distances = [...found.distances.subarray(i * k, (i + 1) * k)].sort((a, b) => a - b);
      for (const [s, { distance }] of expected.entries()) {
        // Coordinates of 100 have steps of 8e-6 in f32.
        expect(Math.abs((distances[s] ?? Number.NaN) - distance)).toBeLessThan(1e-4 * distance);
      }
    }
  });

  test('among equals those of lower index, and duplicates at exactly 0', async () => {
    const rows = 20;
    const data = Float32Array.from({ length: rows * 3 }, (_, i) => (Math.floor(i / 3) < 12 ? 0.1 : 5 + i));
    const found = await neighbours(of(), { data, rows, dim: 3 }, 4);
    expect([...found.ids.subarray(0, 4)]).toEqual([1, 2, 3, 4]);
    expect([...found.ids.subarray(11 * 4, 12 * 4)]).toEqual([0, 1, 2, 3]);
    expect([...found.distances.subarray(0, 4)]).toEqual([0, 0, 0, 0]);
  });
});

async function neighbours(gpu: Gpu, points: Vectors, k: number) {
  const held = new HeldTensors(gpu, 'neighbours');
  const found = await nearestNeighbours(held, { x: await uploadParts(held, centred(points)) }, k);
  const [ids, distances] = [await readTensor(gpu, found.ids), await readFloats(gpu, found.distances)];
  held.free();
  return { ids, distances };
}

/** All others of row i, the nearest first. */
function sorted({ data, rows, dim }: Vectors, i: number) {
  return Array.from({ length: rows }, (_, j) => {
    let distance = 0;
    for (let c = 0; c < dim; c++) distance += ((data[i * dim + c] ?? 0) - (data[j * dim + c] ?? 0)) ** 2;
    return { j, distance };
  })
    .filter(({ j }) => j !== i)
    .sort((a, b) => a.distance - b.distance || a.j - b.j);
}
