// The judge is the formula, worked out by hand: softmax(logitScale x cosine), means of unit vectors.
import { expect, test } from 'vitest';
import { averageTemplates, fillTemplates, scoreLabels } from '../src/node/label-scores.ts';

const embeddings = (dim: number, ...values: number[]) => ({
  data: Float32Array.from(values),
  rows: values.length / dim,
  dim,
  ids: values.filter((_, i) => i % dim === 0).map((_, i) => String(i)),
});

test('templates are filled label by label, at every {}', () => {
  expect(fillTemplates(['a$&', 'b'], ['{}', 'no {}, {}'])).toEqual(['a$&', 'no a$&, a$&', 'b', 'no b, b']);
});

test('the mean over templates has length 1 again', () => {
  // (1, 0) and (0, 1) give the diagonal; (0.6, 0.8) twice gives itself.
  const classes = averageTemplates(embeddings(2, 1, 0, 0, 1, 0.6, 0.8, 0.6, 0.8), 2, 2);
  const half = Math.SQRT1_2;
  [half, half, 0.6, 0.8].forEach((value, i) => {
    expect(classes[i]).toBeCloseTo(value, 6);
  });
});

test('probabilities of the second image, the likeliest label first', () => {
  const images = embeddings(2, 1, 0, 0.6, 0.8);
  const scores = scoreLabels(images, 1, Float32Array.of(1, 0, 0, 1, -1, 0), ['x', 'y', 'back'], {
    logitScale: 5,
  });
  expect(scores.map(({ label }) => label)).toEqual(['y', 'x', 'back']);
  const [y, x, back] = [Math.exp(4), Math.exp(3), Math.exp(-3)];
  const sum = x + y + back;
  [y / sum, x / sum, back / sum].forEach((probability, i) => {
    expect(scores[i]?.probability).toBeCloseTo(probability, 6);
  });
  expect(scores[2]?.cosine).toBeCloseTo(-0.6, 6);
});

test('a large scale does not overflow', () => {
  const scores = scoreLabels(embeddings(2, 1, 0), 0, Float32Array.of(1, 0, 0, 1), ['x', 'y'], {
    logitScale: 1e4,
  });
  expect(scores.map(({ probability }) => probability)).toEqual([1, 0]);
});

test('with a bias each label has a probability of its own: sigmoid(scale x cosine + bias)', () => {
  const logits = { logitScale: 10, logitBias: -10 };
  const scores = scoreLabels(embeddings(2, 1, 0), 0, Float32Array.of(1, 0, 0, 1), ['x', 'y'], logits);
  expect(scores.map(({ label }) => label)).toEqual(['x', 'y']);
  expect(scores[0]?.probability).toBeCloseTo(0.5, 12);
  expect(scores[1]?.probability).toBeCloseTo(1 / (1 + Math.exp(10)), 12);
});
