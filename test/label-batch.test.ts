// Many images and their labels. The measures are judged by scikit-learn in evaluation.test.ts.
import { type BiomedClip, releaseGpu } from 'biomedclip-webgpu';
import { afterAll, expect, test } from 'vitest';
import { labelBatch } from '../examples/browser/src/engine/label-batch.ts';

afterAll(() => releaseGpu());

const rows = (lists: readonly (readonly number[])[]) => ({
  data: Float32Array.from(lists.flat()),
  rows: lists.length,
  dim: lists[0]?.length ?? 0,
});
const asked: string[] = [];

/** Embeds nothing but the prompts of two labels, each along an axis. */
function model(logitBias?: number): BiomedClip {
  const embedBatch = async ({ texts = [] }: { readonly texts?: readonly string[] }) => {
    asked.push(...texts);
    return { texts: rows(texts.map((_, i) => (i === 0 ? [1, 0] : [0, 1]))) };
  };
  return { embedBatch, info: { logitScale: 10, logitBias } } as unknown as BiomedClip;
}

const images = rows([
  [1, 0],
  [0.6, 0.8],
  [0, 1],
  [0.8, 0.6],
]);
const batch = {
  images,
  names: ['a', 'b', 'c', 'd'],
  truths: ['bone', 'bone', 'brain', ''],
};
const run = (logitBias?: number, truths = batch.truths) =>
  labelBatch(
    model(logitBias),
    { ...batch, truths },
    ['bone', 'brain'],
    'a photo of {}',
    new AbortController().signal,
  );

test('each image has its best label, by softmax over the labels in the template', async () => {
  const { answers, report } = await run();
  expect(asked).toEqual(['a photo of bone', 'a photo of brain']);
  expect(answers.map(({ label }) => label)).toEqual(['bone', 'brain', 'brain', 'bone']);
  expect(answers[1]?.probability).toBeCloseTo(1 / (1 + Math.exp(-10 * (0.8 - 0.6))), 5);
  expect(answers.map(({ truth }) => truth)).toEqual(['bone', 'bone', 'brain', undefined]);
  // Of the three whose right label is known two are right; each class counts half in the balanced accuracy.
  expect(report?.items).toBe(3);
  expect(report?.confusion).toEqual([
    [1, 1],
    [0, 1],
  ]);
  expect(report?.accuracy.value).toBeCloseTo(2 / 3, 6);
  expect(report?.balancedAccuracy.value).toBeCloseTo(0.75, 6);
});

test('a model with a bias gives a sigmoid of each label by itself', async () => {
  const { answers } = await run(-5);
  expect(answers[1]?.probability).toBeCloseTo(1 / (1 + Math.exp(-10 * 0.8 + 5)), 5);
});

test('without a right label among the labels nothing is judged', async () => {
  expect((await run(undefined, ['x', '', 'y', ''])).report).toBeUndefined();
});
