// What a study answers is held against the thresholds that it states, on measures whose numbers are set.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gpu } from '../src/device/gpu.ts';
import { type Measures, measure } from '../src/node/study/measure.ts';
import { answerQuestions } from '../src/node/study/questions.ts';
import { testGpu } from './support/gpu.ts';
import { seededNormal } from './support/numbers.ts';

let gpu: Gpu;
let measures: Measures;
beforeAll(async () => {
  gpu = await testGpu();
  const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
  const rows = (seed: number) => ({ data: seededNormal(6 * 8, seed), rows: 6, dim: 8, ids });
  const manifest = { model: 'm', dtype: 'f32', adapter: 'a', images: [], texts: [], skipped: [] };
  const pairs = ids.map((id) => ({ id, path: id, caption: id }));
  measures = await measure(
    gpu,
    { pairs, identities: ids.map(() => ({})), images: rows(1), texts: rows(2), manifest },
    { maxIter: 250, signal: new AbortController().signal, onProgress: () => {} },
  );
});
afterAll(() => gpu.destroy());

const tsneAnswer = (sameModality: number) =>
  answerQuestions({ ...measures, map: { ...measures.map, sameModality } }).find(({ id }) => id === 'tsne');

test.each([
  [0.95, 'Yes, it separates modalities'],
  [0.9, 'Yes, it separates modalities'],
  [0.75, 'Mostly'],
  [0.7, 'No, images and texts are mixed'], // of 6 pairs, half way from chance to all is (1 + 5/11) / 2 = 0.727
])('with %d of the nearest of the same modality t-SNE separates: %s', (share, verdict) => {
  expect(tsneAnswer(share)?.verdict).toBe(verdict);
});

test('chance, the most there can be, and the mean distance are those of six pairs', () => {
  expect(tsneAnswer(0.5)?.text).toContain('(by chance 45 %)'); // 5 of 11 others
  expect(tsneAnswer(0.5)?.text).toContain('with 6 pairs, the maximum is 50 %'); // 5 of 10 neighbours
  const own = measures.imageToText.own.reduce((sum, value) => sum + value, 0) / 6;
  const nearest = answerQuestions(measures).find(({ id }) => id === 'nearest');
  expect(nearest?.text).toContain(`On average, matching pairs are ${own.toFixed(3)} apart`);
});
