import { expect, test } from 'vitest';
import type { BiomedClip } from '../src/api.ts';
import type { Embeddings } from '../src/embeddings.ts';
import { type EvaluationSet, evaluateDefault } from '../weights/evaluate-default.ts';

// Judge: figures worked out by hand for unit vectors at chosen angles in the plane.

/** A stand-in whose "pictures" and captions are angles in degrees. */
const angles: Pick<BiomedClip, 'embedBatch'> = {
  embedBatch: async ({
    images = [],
    texts = [],
  }: {
    images?: readonly unknown[];
    texts?: readonly unknown[];
  }) => ({ images: onCircle(images), texts: onCircle(texts), skipped: [], truncated: [] }) as never,
};

function onCircle(degrees: readonly unknown[]): Embeddings {
  const radians = degrees.map((angle) => (Number(angle) * Math.PI) / 180);
  const data = Float32Array.from(radians.flatMap((angle) => [Math.cos(angle), Math.sin(angle)]));
  return { data, rows: degrees.length, dim: 2, ids: degrees.map((_, i) => String(i)) };
}

// Texts 0, 90, 180. Pictures 10 and 80 are nearest to their own; 20, which belongs to 180, to 0.
const pairs = { pictures: ['10', '80', '20'], captions: ['0', '90', '180'] };
const labelled = { ...pairs, labels: [0, 1, 2] };
const set: EvaluationSet = {
  drawings: pairs,
  names: pairs,
  examples: labelled,
  fresh: { pictures: ['1', '2', '100', '60', '40'], captions: ['0', '90'], labels: [0, 0, 1, 1, 1] },
  crops: {
    pictures: ['1', '91', '2'],
    captions: ['0', '90'],
    labels: [0, 0, 0],
    sources: ['ihc', 'mri', 'ct'],
    seenInValidation: ['ct'],
  },
  pairs: { pictures: ['0', '60'], captions: ['180', '180'] },
};

test('counts recalls and hits, each with what guessing would give', async () => {
  const { figures } = await evaluateDefault(angles, set);
  const figure = (part: string) => figures.find(({ name }) => name.includes(part));
  expect(figure('drawings of seen names, recall@1, image to text')).toMatchObject({
    value: 2 / 3,
    chance: 1 / 3,
  });
  // 180 finds 80 before 20: only 0 and 90 find theirs
  expect(figure('drawings of seen names, recall@1, text to image')?.value).toBeCloseTo(2 / 3);
  expect(figure('unseen names, recall@10')).toMatchObject({ value: 1 });
  expect(figure('example images')).toMatchObject({ value: 2 / 3, chance: 1 / 3, of: 3 });
  expect(figure('freshly drawn, zero-shot')).toMatchObject({ value: 4 / 5, chance: 1 / 2, of: 5 });
  expect(figure('freshly drawn, of 90')).toMatchObject({ value: 2 / 3, of: 3 });
  expect(figure('regions, zero-shot')).toMatchObject({ value: 2 / 3, of: 3 });
  expect(figure('regions, of sources first looked at here')).toMatchObject({ value: 1 / 2, of: 2 });
});

test('measures the gap: the distance of the means, and mean cosines without the diagonal', async () => {
  const { gap } = await evaluateDefault(angles, set);
  // means (0.75, sqrt(3) / 4) and (-1, 0)
  expect(gap.centroidDistance).toBeCloseTo(Math.hypot(1.75, Math.sqrt(3) / 4), 5);
  expect(gap.imageImage).toBeCloseTo(0.5, 5);
  expect(gap.textText).toBeCloseTo(1, 5);
  expect(gap.matching).toBeCloseTo(-0.75, 5);
  expect(gap.mismatched).toBeCloseTo(-0.75, 5);
});
