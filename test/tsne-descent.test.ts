// Judges: scikit-learn's PCA and gradient descent, step by step (golden/tsne/tsne.py); an exact sort.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../src/device/gpu.ts';
import { HeldTensors } from '../src/device/held-tensors.ts';
import { descend, descentPhases } from '../src/metrics/tsne/descent.ts';
import { PcaInitError } from '../src/metrics/tsne/errors.ts';
import { tsneSettings } from '../src/metrics/tsne/options.ts';
import { radixSort } from '../src/metrics/tsne/sort.ts';
import { startingMap } from '../src/metrics/tsne/start.ts';
import { boxCount, gradientStep, moveMap } from '../src/metrics/tsne/step.ts';
import { affinitiesOf } from '../src/metrics/tsne/tsne.ts';
import { asHardware, testGpu } from './support/gpu.ts';
import { floatsFromBase64, maxAbsDiff } from './support/numbers.ts';
import { digitsFrom, firstRows, tsneGolden } from './support/tsne-data.ts';

interface DigitsGolden {
  readonly x: string;
  readonly rows: number;
  readonly dim: number;
  readonly pca: string;
  readonly pcaWide: string;
  readonly embedding: string;
  readonly klAtEmbedding: number;
  readonly gradient: string;
  readonly exactRepulsion: string;
  readonly steps: {
    readonly rows: number;
    readonly perplexity: number;
    readonly count: number;
    readonly learningRate: number;
    readonly init: string;
    readonly early: string;
    readonly late: string;
    readonly klDivergence: number;
  };
}

const golden = tsneGolden<DigitsGolden>('digits');
const digits = digitsFrom(golden);
const exaggerated = tsneGolden<DigitsGolden['steps']>('exaggerated');

let software: Gpu;
let hardware: Gpu;
beforeAll(async () => {
  software = await testGpu();
  hardware = asHardware(software);
});
afterAll(() => software.destroy());

describe.each([
  { variant: 'the adapter', of: () => software },
  { variant: 'hardware', of: () => hardware },
])('as on $variant', ({ of }) => {
  test.each([1, 2, 100, 1000, 5003])('a radix sort of %d keys keeps equal keys in order', async (n) => {
    const keys = Uint32Array.from({ length: n }, (_, i) => Math.imul(i % 700, 0x9e3779b9) >>> 0);
    const expected = [...keys.keys()].sort((a, b) => (keys[a] ?? 0) - (keys[b] ?? 0) || a - b);
    const sorted = await of().compute(
      'sort',
      (cmd) => {
        const items = { keys: cmd.input([n], 'u32'), order: cmd.input([n], 'u32') };
        radixSort(cmd, items);
        return { inputs: items, outputs: items };
      },
      { keys, order: Uint32Array.from(keys.keys()) },
    );
    expect([...new Uint32Array(sorted.order.buffer)]).toEqual(expected);
    expect([...new Uint32Array(sorted.keys.buffer)]).toEqual(expected.map((i) => keys[i]));
  });

  test.each([
    { name: 'more points than dimensions', rows: 1797, expected: golden.pca },
    { name: 'more dimensions than points', rows: 40, expected: golden.pcaWide },
  ])('PCA starts where scikit-learn’s does, signs included: $name', async ({ rows, expected }) => {
    const start = await startingMap(of(), firstRows(digits, rows), { init: 'pca', seed: 0 });
    // Of a map of 1e-4; scikit-learn's PCA is a randomised one with few iterations.
    expect(maxAbsDiff(start, floatsFromBase64(expected))).toBeLessThan(2e-7);
  });

  test('the divergence and the gradient at a finished map are scikit-learn’s', async () => {
    const gpu = of();
    const held = new HeldTensors(gpu, 'P');
    const affinities = await affinitiesOf(held, digits, {
      perplexity: 30,
      metric: 'euclidean',
      method: 'barnes_hut',
    });
    const n = digits.rows;
    const state = {
      y: held.upload(floatsFromBase64(golden.embedding), [n, 2]),
      motion: held.upload(new Float32Array(4 * n), [n, 4]),
      schedule: held.upload(Float32Array.of(1, 0, -1, 0)), // the velocity becomes the gradient times the gain
      boxes: held.empty([boxCount(n), 4]),
    };
    const { total, motion } = await gpu.compute('gradient', (cmd) => {
      const total = cmd.alloc([2]);
      moveMap(cmd, state);
      gradientStep(cmd, state, affinities, { method: 'exact', angle: 0 }, total);
      return { inputs: {}, outputs: { total, motion: state.motion } };
    });
    expect(total[0]).toBeCloseTo(golden.klAtEmbedding, 3);
    const gain = 0.01; // from 0 down is clipped to the least
    const gradient = Array.from(
      { length: 2 * n },
      (_, i) => (motion[4 * (i >> 1) + (i & 1)] ?? Number.NaN) / gain,
    );
    // At the end the two halves of the gradient nearly cancel, so it is measured by one of them; the bisections of
    // the perplexity, which end at 1e-5 of the entropy, leave probabilities apart by some 1e-4.
    const half = 4 * largest(floatsFromBase64(golden.exactRepulsion));
    expect(maxAbsDiff(gradient, floatsFromBase64(golden.gradient))).toBeLessThan(1e-3 * half);
    expect(Math.sqrt(total[1] ?? Number.NaN)).toBeCloseTo(
      gain * Math.sqrt(gradient.reduce((s, v) => s + v * v, 0)),
      6,
    );
    held.free();
  });

  test.each([
    { name: 'as scikit-learn’s', steps: golden.steps, exaggeration: 1, rates: [50, 50] },
    // 300 points: n / exaggeration / 4
    { name: 'exaggerated later too', steps: exaggerated, exaggeration: 4, rates: [6.25, 18.75] },
  ])('the first steps lead where scikit-learn’s lead: $name', async ({ steps, exaggeration, rates }) => {
    const { rows, perplexity, count, init, early, late, klDivergence } = steps;
    const options = { exaggeration, learningRate: exaggeration === 1 ? 50 : ('n/exaggeration' as const) };
    const made = descentPhases(tsneSettings(rows, { perplexity, ...options }));
    expect(made.map(({ learningRate }) => learningRate)).toEqual(rates);
    const gpu = of();
    const held = new HeldTensors(gpu, 'P');
    const affinities = await affinitiesOf(held, firstRows(digits, rows), {
      perplexity,
      metric: 'euclidean',
      method: 'exact',
    });
    const patience = Number.POSITIVE_INFINITY;
    const phases = made.map((phase, i) => ({ ...phase, until: (i + 1) * count, patience }));
    const settings = { method: 'exact', angle: 0, minGradNorm: 0 } as const;
    const start = floatsFromBase64(init);
    const first = await descend(gpu, affinities, start, { ...settings, phases: phases.slice(0, 1) });
    const second = await descend(gpu, affinities, start, { ...settings, phases });
    held.free();
    expect(first.iterations).toBe(count);
    expect(relativeDifference(first.embedding, floatsFromBase64(early))).toBeLessThan(0.01); // early steps double what f32 rounds
    expect(relativeDifference(second.embedding, floatsFromBase64(late))).toBeLessThan(0.01);
    if (exaggeration === 1) expect(Math.abs(second.klDivergence / klDivergence - 1)).toBeLessThan(1e-3);
  });
});

test('PCA of points that are all the same has no direction', async () => {
  const points = { data: new Float32Array(30).fill(3), rows: 10, dim: 3 };
  const start = startingMap(software, points, { init: 'pca', seed: 0 });
  await expect(start).rejects.toThrow(new PcaInitError('all points are the same'));
});

function relativeDifference(a: Float32Array, b: Float32Array): number {
  return maxAbsDiff(a, b) / largest(b);
}

function largest(values: Float32Array): number {
  return values.reduce((max, v) => Math.max(max, Math.abs(v)), 0);
}
