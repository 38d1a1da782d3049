// Classification metrics, averaged prompts and probes. The judges: scikit-learn and NumPy (golden/evaluation.py).
import { afterAll, describe, expect, test } from 'vitest';
import { classificationMetrics } from '../src/metrics/evaluation/classification.ts';
import { averagePrompts } from '../src/metrics/evaluation/prompts.ts';
import type { ClassificationReport } from '../src/metrics/evaluation/report.ts';
import { zeroShotMetrics } from '../src/metrics/evaluation/zero-shot.ts';
import { resampledUnits, unitCounts } from '../src/metrics/random.ts';
import golden from './golden/evaluation.json' with { type: 'json' };
import { testGpu } from './support/gpu.ts';

const gpu = await testGpu();
afterAll(() => gpu.destroy());

const named = (count: number) => Array.from({ length: count }, (_, c) => `class ${c}`);
/** Null is what no scikit-learn defines: NaN here. */
function expectClose(actual: number, expected: number | null, digits: number, what: string) {
  if (expected === null) expect(actual, what).toBeNaN();
  else expect(actual, what).toBeCloseTo(expected, digits);
}
type Case = (typeof golden.cases)[number];

function scoredOf({ scores, classes, labels, scale, bias }: Case) {
  const names = named(classes);
  return {
    scores: { data: Float32Array.from(scores), rows: labels.length, cols: classes },
    classes: names,
    labels: labels.map((label) => names[label] ?? ''),
    logitScale: scale,
    ...(bias === null ? {} : { logitBias: bias }),
  };
}

describe('classificationMetrics', () => {
  test.each(golden.cases)('agrees with scikit-learn: $name', async (judge) => {
    const report = await classificationMetrics(scoredOf(judge), { resamples: 0 });
    // Scores are rounded to f32, which moves a probability by 1e-7 times the logit scale.
    const digits = judge.scale > 10 ? 5 : 6;
    for (const name of ['accuracy', 'balancedAccuracy', 'macroF1', 'macroAuroc', 'brier'] as const) {
      expectClose(report[name].value, judge[name], digits, name);
    }
    expect(report.calibrationError.value).toBeCloseTo(judge.calibrationError, digits);
    if (judge.top5 === null) expect(report.top5).toBeUndefined();
    else expect(report.top5?.value).toBeCloseTo(judge.top5, 9);
    if (judge.aurocOvr !== null) expect(report.macroAuroc.value).toBeCloseTo(judge.aurocOvr, 9);
    expect(report.confusion).toEqual(judge.confusion);
    expect(report.reliability.map(({ items }) => items)).toEqual(judge.bins);
    for (const [c, measures] of report.classes.entries()) {
      for (const name of ['precision', 'recall', 'f1', 'auroc'] as const) {
        const silent = name === 'precision' && judge.f1[c] === null; // scikit-learn says 0 of what is not there
        expectClose(measures[name].value, silent ? null : (judge[name][c] ?? null), 9, `${name} of ${c}`);
      }
    }
  });

  const [first] = golden.cases as [Case, ...Case[]];

  test('intervals are the percentiles of resamples of items, and of whole groups', async () => {
    const scored = scoredOf(first);
    const n = scored.labels.length;
    const groups = scored.labels.map((_, i) => Math.floor(i / 6));
    const options = { resamples: 200, seed: 7 };
    const whole = await classificationMetrics({ ...scored, groups }, options);
    expect(whole.drawn).toEqual({ units: 'groups', count: 10 });
    const right = Array.from(whole.answers, (answer, i) => Number(first.labels[i] === answer));
    const counts = unitCounts(7, 200, groups, 10);
    const means = Array.from({ length: 200 }, (_, r) => {
      const drawn = counts.subarray(r * n, (r + 1) * n);
      const sum = (values: ArrayLike<number>) =>
        drawn.reduce((total, count, i) => total + count * (values[i] ?? 0), 0);
      return sum(right) / sum(new Array(n).fill(1));
    }).sort((a, b) => a - b);
    const at = (q: number) => {
      const place = q * 199;
      const [low, high] = [means[Math.floor(place)] ?? 0, means[Math.ceil(place)] ?? 0];
      return low + (place % 1) * (high - low);
    };
    expect(whole.accuracy.low).toBeCloseTo(at(0.025), 12);
    expect(whole.accuracy.high).toBeCloseTo(at(0.975), 12);
    const alone = await classificationMetrics(scored, options);
    expect(alone.drawn).toEqual({ units: 'items', count: n });
    expect(alone.accuracy.low).not.toBe(whole.accuracy.low);
    for (const of of [alone.macroAuroc, alone.brier, alone.classes[1]?.recall]) {
      expect(of?.resamples).toBe(200);
      expect(of?.low).toBeLessThan(of?.value ?? 0);
      expect(of?.high).toBeGreaterThan(of?.value ?? 1);
    }
    expect((await classificationMetrics(scored, options)).macroF1).toEqual(alone.macroF1);
    expect((await classificationMetrics(scored, { ...options, seed: 8 })).accuracy).not.toEqual(
      alone.accuracy,
    );
  });

  test('a resample drawn alone is the one that is drawn with the others', () => {
    const units = [0, 1, 1, 2, 3, 0];
    const all = unitCounts(3, 5, units, 4);
    for (let r = 0; r < 5; r++)
      expect([...resampledUnits(3, r, units, 4)]).toEqual([...all.subarray(r * 6, r * 6 + 6)]);
  });

  test('says of one class alone what is defined, and that it has no AUROC', async () => {
    const judge = golden.cases.find(({ name }) => name === 'one class alone') as Case;
    const { macroAuroc, classes } = await classificationMetrics(scoredOf(judge), { resamples: 20 });
    expect([macroAuroc.value, macroAuroc.low, macroAuroc.resamples]).toEqual([Number.NaN, Number.NaN, 0]);
    expect(classes[0]?.recall.value).toBeNaN();
    expect(classes[1]?.recall.value).toBeGreaterThan(0);
    const only = {
      scores: { data: Float32Array.of(0.2, 0.4), rows: 2, cols: 1 },
      classes: ['a'],
      labels: ['a', 'a'],
    };
    const report: ClassificationReport = await classificationMetrics(only, { resamples: 0 });
    expect([report.accuracy.value, report.brier.value, report.probabilities[0]]).toEqual([1, 0, 1]);
  });

  test('extreme logits keep their ranking where the softmax rounds to 1', async () => {
    const scores = { data: Float32Array.of(0.9, 0, 0.8, 0, 0.95, 0, 0.7, 0), rows: 4, cols: 2 };
    const scored = { scores, classes: [0, 1], labels: [0, 1, 0, 1], logitScale: 1000 };
    expect((await classificationMetrics(scored, { resamples: 0 })).macroAuroc.value).toBe(1);
  });

  test.each([
    [
      { labels: new Array(60).fill('other') },
      {},
      'item 0 has the label "other", which is none of the classes',
    ],
    [{ classes: ['a', 'b'] }, {}, 'scores must be [items, 2 classes]'],
    [{ labels: [] }, {}, 'labels must be an array of 60, one an item'],
    [{ groups: new Array(60).fill(undefined) }, {}, 'groups[0] must be a text or a number'],
    [{ classes: ['class 0', 'class 0', 'class 1'] }, {}, 'classes must be each class once'],
    [{ logitScale: 0 }, {}, 'logitScale must be a positive number'],
    [{ logitBias: Number.NaN }, {}, 'logitBias must be a number'],
    [{}, { bins: 0 }, 'bins must be an integer of at least 1'],
    [{}, { resamples: -1 }, 'resamples must be'],
    [{}, { seed: 0.5 }, 'seed must be an integer'],
    [{}, { signal: AbortSignal.abort() }, 'aborted'],
    [
      { scores: { data: new Float32Array(180).fill(Number.NaN), rows: 60, cols: 3 } },
      {},
      'row 0 must be finite, got NaN',
    ],
  ])('refuses %#', async (change, options, message) => {
    await expect(classificationMetrics({ ...scoredOf(first), ...change }, options)).rejects.toThrow(message);
  });
});

describe('prompts', () => {
  const { vectors, dim, owners, expected } = golden.prompts;
  const prompts = { data: Float32Array.from(vectors), rows: owners.length, dim };
  const classes = [0, 1, 2];

  test('are averaged as open_clip does it', () => {
    const { data, rows } = averagePrompts(prompts, owners, classes);
    expect(rows).toBe(3);
    for (const [i, value] of data.entries()) expect(value).toBeCloseTo(expected[i] ?? 0, 6);
  });

  test('name the classes of images by their cosine', async () => {
    const rows = { images: prompts, labels: owners, prompts, promptLabels: owners, logitScale: 10 };
    const report = await zeroShotMetrics(gpu, rows, { resamples: 0 });
    const cosine = (i: number, c: number) => {
      const [row, mean] = [vectors.slice(i * dim, (i + 1) * dim), expected.slice(c * dim, (c + 1) * dim)];
      return row.reduce((sum, x, d) => sum + x * (mean[d] ?? 0), 0) / Math.hypot(...row);
    };
    for (let i = 0; i < owners.length; i++) {
      const weights = classes.map((c) => Math.exp(10 * cosine(i, c)));
      const sum = weights.reduce((a, b) => a + b, 0);
      for (const c of classes)
        expect(report.probabilities[i * 3 + c]).toBeCloseTo((weights[c] ?? 0) / sum, 5);
    }
    expect(report.classes.map(({ label }) => label)).toEqual([0, 1, 2]);
    const turned = await zeroShotMetrics(gpu, { ...rows, classes: [2, 1, 0] }, { resamples: 0 });
    expect(turned.confusion).toEqual([...report.confusion].reverse().map((row) => [...row].reverse()));
  });

  test('a class without a prompt is an error', () => {
    expect(() => averagePrompts(prompts, owners, [0, 1, 2, 3])).toThrow(
      'the class 3 has no prompt; give it one',
    );
    expect(() => averagePrompts(prompts, owners, [0, 1])).toThrow('item 3 has the label 2');
  });
});
