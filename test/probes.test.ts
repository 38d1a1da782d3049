// Linear probes, nearest neighbours and splits of frozen embeddings. The judge: scikit-learn (golden/evaluation.py).
import { afterAll, describe, expect, test } from 'vitest';
import { crossEntropy } from '../src/metrics/evaluation/cross-entropy.ts';
import { minimize } from '../src/metrics/evaluation/lbfgs.ts';
import { linearProbe } from '../src/metrics/evaluation/linear-probe.ts';
import { nearestProbe } from '../src/metrics/evaluation/nearest-probe.ts';
import { type ItemPart, splitItems } from '../src/metrics/evaluation/split.ts';
import golden from './golden/evaluation.json' with { type: 'json' };
import { asHardware, testGpu } from './support/gpu.ts';

const gpu = await testGpu();
afterAll(() => gpu.destroy());

const { dim, train, linear, binary, nearest } = golden.probe;
const images = { data: Float32Array.from(golden.probe.rows), rows: golden.probe.labels.length, dim };
const labels = golden.probe.labels;
const classes = [0, 1, 2, 3];
const parts = labels.map((_, i): ItemPart => (i < train ? 'train' : 'test'));
const rows = { images, labels, parts, classes };
const alone = { resamples: 0 };

function expectAll(actual: ArrayLike<number>, expected: readonly number[], tolerance: number) {
  expect(actual.length).toBe(expected.length);
  const worst = expected.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - (actual[i] ?? Number.NaN))),
    0,
  );
  expect(worst).toBeLessThan(tolerance);
}

describe('linearProbe', () => {
  // The gradient ends at 1e-6, and the weights are then off by as much over the strength of the penalty, 1 / (C n).
  test.each(Object.entries(linear))('agrees with LogisticRegression at C = %s', async (c, judge) => {
    const probe = await linearProbe(gpu, rows, { ...alone, regularization: Number(c) });
    const most = Math.max(...judge.weight.map(Math.abs));
    expectAll(probe.weight, judge.weight, 2e-3 * most);
    const shift = (judge.bias[0] ?? 0) - (probe.bias[0] ?? 0); // the softmax leaves a common one free
    expectAll(
      probe.bias.map((value) => value + shift),
      judge.bias,
      2e-3 * most,
    );
    expectAll(probe.report.probabilities, judge.probabilities, 1e-3);
    expect([probe.regularization, probe.tried, probe.trainedOn]).toEqual([Number(c), [], train]);
  });

  test('of two classes is the binomial one', async () => {
    const two = {
      ...rows,
      classes: [0, 1],
      parts: parts.map((part, i) => ((labels[i] ?? 9) < 2 ? part : 'unused')),
    };
    const probe = await linearProbe(gpu, two, { ...alone, regularization: binary.C });
    const tested = labels.flatMap((label, i) => (i >= train && label < 2 ? [i - train] : []));
    expectAll(
      probe.report.probabilities,
      tested.flatMap((i) => binary.probabilities.slice(2 * i, 2 * i + 2)),
      1e-3,
    );
  });

  test('chooses C on the validation part alone, then learns from both', async () => {
    const three = {
      ...rows,
      parts: parts.map((part, i): ItemPart => (i % 4 === 3 && i < train ? 'validation' : part)),
    };
    const seen: number[] = [];
    const probe = await linearProbe(gpu, three, { ...alone, onProgress: ({ done }) => seen.push(done) });
    const best = Math.max(...probe.tried.map(({ accuracy }) => accuracy));
    expect(probe.tried.find(({ accuracy }) => accuracy === best)?.regularization).toBe(probe.regularization);
    expect(probe.tried.length).toBeGreaterThan(8);
    expect(
      probe.tried.map(({ regularization }) => Math.log10(regularization)).every((x) => x >= -6 && x <= 6),
    ).toBe(true);
    expect(probe.trainedOn).toBe(train);
    expect(seen).toEqual(Array.from({ length: probe.tried.length + 1 }, (_, i) => i + 1));
    const { regularization } = probe;
    const whole = await linearProbe(gpu, rows, { ...alone, regularization });
    expectAll(probe.report.probabilities, [...whole.report.probabilities], 5e-3);
    const turned = { ...three, labels: labels.map((label, i) => (i < train ? label : (label + 1) % 4)) };
    expect((await linearProbe(gpu, turned, alone)).regularization).toBe(regularization);
  });
});

describe('the loss of a probe', () => {
  const [n, k, d] = [37, 3, 5];
  const random = (i: number) => Math.sin(12.9898 * i) * 1.7;
  const x = { data: Float32Array.from({ length: n * d }, (_, i) => random(i)), rows: n, dim: d };
  const right = Uint32Array.from({ length: n }, (_, i) => i % k);
  const weights = Float64Array.from({ length: k * d }, (_, i) => Math.fround(30 * random(i + 999)));

  function judge() {
    let loss = 0;
    const gradient = new Float64Array(k * d);
    for (let i = 0; i < n; i++) {
      const row = [...x.data.subarray(i * d, (i + 1) * d)];
      const z = Array.from({ length: k }, (_, c) =>
        row.reduce((sum, v, j) => sum + v * (weights[c * d + j] ?? 0), 0),
      );
      const most = Math.max(...z);
      const sum = z.reduce((total, v) => total + Math.exp(v - most), 0);
      loss += Math.log(sum) + most - (z[right[i] ?? 0] ?? 0);
      for (let c = 0; c < k; c++) {
        const p = Math.exp((z[c] ?? 0) - most) / sum - Number(c === right[i]);
        for (let j = 0; j < d; j++) gradient[c * d + j] = (gradient[c * d + j] ?? 0) + p * (row[j] ?? 0);
      }
    }
    return { loss, gradient };
  }

  test.each([
    ['the adapter', gpu],
    ['the kernels of a GPU', asHardware(gpu)],
  ])('and its gradient are those of double precision on %s, with logits beyond 88', async (_, on) => {
    const loss = await crossEntropy(on, x, right, k);
    const [at, expected] = [await loss.at(weights), judge()];
    loss.destroy();
    expect(expected.loss / n).toBeGreaterThan(30);
    expect(Math.abs(at.loss / expected.loss - 1)).toBeLessThan(1e-5);
    expectAll(at.gradient, [...expected.gradient], 1e-3);
  });
});

test('L-BFGS finds the least value of a badly scaled function', async () => {
  const rosenbrock = async ([a = 0, b = 0]: Float64Array) => ({
    loss: (1 - a) ** 2 + 100 * (b - a * a) ** 2,
    gradient: Float64Array.of(-2 * (1 - a) - 400 * a * (b - a * a), 200 * (b - a * a)),
  });
  const found = await minimize(rosenbrock, Float64Array.of(-1.2, 1), { tolerance: 1e-10, iterations: 200 });
  expectAll(found, [1, 1], 1e-8);
});

describe('nearestProbe', () => {
  test.each(
    Object.entries(nearest).flatMap(([k, judge]) => [
      [Number(k), 'weighted', judge.weighted] as const,
      [Number(k), 'majority', judge.majority] as const,
    ]),
  )('agrees with KNeighborsClassifier: k = %i, %s', async (k, vote, judge) => {
    const { report, ...probe } = await nearestProbe(gpu, rows, { ...alone, k: [k], vote });
    expect(probe).toEqual({ k, tried: [], votedBy: train });
    expectAll(report.probabilities, judge, 2e-5); // cosines in f32, over a temperature of 0.07
  });

  test('chooses k on the validation part', async () => {
    const three = {
      ...rows,
      parts: parts.map((part, i): ItemPart => (i % 3 === 2 && i < train ? 'validation' : part)),
    };
    const probe = await nearestProbe(gpu, three, alone);
    expect(probe.tried.map(({ k }) => k)).toEqual([1, 5, 10, 20, 50]);
    const best = Math.max(...probe.tried.map(({ accuracy }) => accuracy));
    expect(probe.tried.find(({ accuracy }) => accuracy === best)?.k).toBe(probe.k);
    expect(probe.votedBy).toBe(train);
  });
});

describe('splitItems', () => {
  const n = 600;
  const kinds = Array.from({ length: n }, (_, i) => (i % 10 === 0 ? 'rare' : i % 3 === 0 ? 'b' : 'a'));
  const patients = Array.from({ length: n }, (_, i) => `p${Math.floor(i / 5) % 90}`);
  const shareOf = (split: readonly ItemPart[], part: ItemPart, kind: string) =>
    split.filter((p, i) => p === part && kinds[i] === kind).length / kinds.filter((k) => k === kind).length;

  test.each([
    ['items', undefined, 0.02],
    ['groups', patients, 0.08],
  ] as const)('keeps the shares of each class: %s', (_, groups, tolerance) => {
    const split = splitItems({ labels: kinds, groups }, { test: 0.3, validation: 0.1, seed: 4 });
    for (const kind of ['rare', 'a', 'b']) {
      expect(Math.abs(shareOf(split, 'test', kind) - 0.3)).toBeLessThan(tolerance);
      expect(Math.abs(shareOf(split, 'validation', kind) - 0.1)).toBeLessThan(tolerance);
    }
    const sides = new Map<string, Set<ItemPart>>();
    for (const [i, part] of split.entries()) {
      const group = groups?.[i] ?? `item ${i}`;
      sides.set(group, (sides.get(group) ?? new Set()).add(part));
    }
    expect(Math.max(...[...sides.values()].map(({ size }) => size))).toBe(1);
    expect(splitItems({ labels: kinds, groups }, { test: 0.3, validation: 0.1, seed: 4 })).toEqual(split);
    expect(splitItems({ labels: kinds, groups }, { test: 0.3, validation: 0.1, seed: 5 })).not.toEqual(split);
  });

  test('trains on a few items of each class', () => {
    const split = splitItems({ labels: kinds }, { shots: 8 });
    const whole = splitItems({ labels: kinds });
    for (const kind of ['rare', 'a', 'b']) {
      expect(split.filter((part, i) => part === 'train' && kinds[i] === kind)).toHaveLength(8);
    }
    expect(split.map((part) => (part === 'unused' ? 'train' : part))).toEqual(whole);
  });

  test.each([
    [{ labels: ['a', 'b'] }, {}, 'split: the validation part has no items'],
    [{ labels: kinds, groups: kinds.map(() => 1) }, {}, 'part has no items; give more items or groups'],
    [{ labels: kinds }, { test: 1 }, 'test must be a share from 0, below 1'],
    [{ labels: kinds }, { test: 0.6, validation: 0.4 }, 'test must be with validation below 1'],
    [{ labels: kinds }, { shots: 0 }, 'shots must be an integer of at least 1'],
    [{ labels: kinds }, { seed: 0.1 }, 'seed must be an integer'],
  ])('refuses %#', (items, options, message) => {
    expect(() => splitItems(items, options)).toThrow(message);
  });
});

describe('probes refuse', () => {
  test.each([
    [{ parts: parts.map((): ItemPart => 'train') }, {}, 'split: the test part has no items'],
    [{ classes: [0, 1, 2, 3, 4] }, {}, 'the class 4 has no item to train on'],
    [{ classes: [0, 1, 2] }, {}, 'has the label 3, which is none of the classes'],
    [{ parts: ['train'] as ItemPart[] }, {}, 'parts must be an array of 130'],
    [{}, {}, 'split: the validation part has no items'],
    [{}, { regularization: 0 }, 'regularization must be a positive number'],
    [{}, { regularization: 1, iterations: 0 }, 'iterations must be an integer of at least 1'],
    [{}, { signal: AbortSignal.abort() }, 'aborted'],
  ])('of a linear probe %#', async (change, options, message) => {
    await expect(linearProbe(gpu, { ...rows, ...change }, options)).rejects.toThrow(message);
  });

  test.each([
    [{ k: [0] }, 'k must be integers from 1 to 90'],
    [{ k: [] }, 'k must be integers from 1 to 90'],
    [{ k: [91] }, 'k must be integers from 1 to 90'],
    [{ vote: 'loud' as never }, "vote must be 'weighted' or 'majority'"],
    [{ temperature: 0 }, 'temperature must be a positive number'],
    [{}, 'split: the validation part has no items'],
  ])('of a nearest probe %#', async (options, message) => {
    await expect(nearestProbe(gpu, rows, options)).rejects.toThrow(message);
  });
});
