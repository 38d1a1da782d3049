// The judge is NumPy in double precision, from the definition (golden/gap/shift.py).
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { InvalidOptionError, ShapeError } from '../src/errors.ts';
import { ShiftedToZeroError } from '../src/metrics/gap/errors.ts';
import { shiftModalities } from '../src/metrics/gap/shift.ts';
import type { Vectors } from '../src/metrics/vectors.ts';
import { NonFiniteVectorError, ZeroVectorError } from '../src/metrics/vectors.ts';
import { maxAbsDiff, seededUniform } from './support/numbers.ts';

interface Golden {
  readonly images: number;
  readonly texts: number;
  readonly dim: number;
  readonly cases: readonly {
    readonly amount: number;
    readonly renormalize: boolean;
    readonly images: readonly number[];
    readonly texts: readonly number[];
  }[];
}
const golden: Golden = JSON.parse(readFileSync(new URL('golden/gap/shift.json', import.meta.url), 'utf8'));
const { dim } = golden;
const images = { data: seededUniform(golden.images * dim, 1), rows: golden.images, dim };
const texts = { data: seededUniform(golden.texts * dim, 2), rows: golden.texts, dim };

test.each(golden.cases)('agrees with NumPy: $amount, renormalize $renormalize', (expected) => {
  const { renormalize } = expected;
  const moved = shiftModalities(images, texts, expected.amount, renormalize ? undefined : { renormalize });
  expect(maxAbsDiff(moved.images.data, expected.images)).toBeLessThan(1e-7); // an ulp of f32 near 1
  expect(maxAbsDiff(moved.texts.data, expected.texts)).toBeLessThan(1e-7);
});

test('centroids meet at 1, and ids and the inputs stay', () => {
  const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  const before = images.data.slice();
  const moved = shiftModalities({ ...images, ids }, texts, 1, { renormalize: false });
  expect(moved.images.ids).toBe(ids);
  expect(images.data).toEqual(before);
  expect(maxAbsDiff(centroid(moved.images), centroid(moved.texts))).toBeLessThan(1e-7);
});

function centroid({ data, rows, dim }: Vectors): Float64Array {
  const mean = new Float64Array(dim);
  for (let i = 0; i < data.length; i++) mean[i % dim] = (mean[i % dim] ?? 0) + (data[i] ?? 0) / rows;
  return mean;
}

const row = (...values: number[]): Vectors => ({
  data: Float32Array.from(values),
  rows: 1,
  dim: values.length,
});
const none: Vectors = { data: new Float32Array(), rows: 0, dim: 2 };
test.each<{ name: string; call: () => unknown; error: Error }>([
  {
    name: 'an amount that is not finite',
    call: () => shiftModalities(images, texts, Number.NaN),
    error: new InvalidOptionError('amount', 'a finite number', Number.NaN),
  },
  {
    name: 'another renormalize',
    call: () => shiftModalities(images, texts, 0, { renormalize: 'no' as never }),
    error: new InvalidOptionError('renormalize', 'true or false', 'no'),
  },
  {
    name: 'no images',
    call: () => shiftModalities(none, row(1, 0), 0),
    error: new ShapeError('shiftModalities', 'images', '[at least 1, 2]', [0, 2]),
  },
  {
    name: 'texts of another length',
    call: () => shiftModalities(row(1, 0), row(1, 0, 0), 0),
    error: new ShapeError('shiftModalities', 'texts', '[at least 1, 2]', [1, 3]),
  },
  {
    name: 'a value that is not finite',
    call: () => shiftModalities(row(1, Number.NaN), row(1, 0), 0),
    error: new NonFiniteVectorError('images', 0, 1, Number.NaN),
  },
  {
    name: 'a zero row',
    call: () => shiftModalities(row(1, 0), row(0, 0), 0),
    error: new ZeroVectorError('texts', 0),
  },
  {
    name: 'opposite points that meet at the origin',
    call: () => shiftModalities(row(1, 2), row(-1, -2), 1),
    error: new ShiftedToZeroError('images', 0),
  },
])('an error: $name', ({ call, error }) => {
  expect(call).toThrow(error);
});
