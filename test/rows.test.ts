import { expect, test } from 'vitest';
import { InvalidOptionError, ShapeError, selectRows, stackRows } from '../src/index.ts';

const images = { data: Float32Array.of(1, 2, 3, 4, 5, 6), rows: 3, dim: 2, ids: ['a', 'b', 'c'] };
const texts = { data: Float32Array.of(7, 8), rows: 1, dim: 2, ids: ['a'] };

test('selects rows in the order asked for, with their ids', () => {
  const data = Float32Array.of(5, 6, 1, 2, 5, 6);
  expect(selectRows(images, [2, 0, 2])).toEqual({ data, rows: 3, dim: 2, ids: ['c', 'a', 'c'] });
  expect(selectRows(images, [])).toEqual({ data: new Float32Array(), rows: 0, dim: 2, ids: [] });
  const { ids, ...bare } = images;
  expect(selectRows(bare, [1])).toEqual({ data: Float32Array.of(3, 4), rows: 1, dim: 2 });
});

test('a selection is a copy', () => {
  const selected = selectRows(images, [0]);
  selected.data[0] = 9;
  expect(images.data[0]).toBe(1);
});

test.each([3, -1, 0.5, Number.NaN])('refuses row %d of three', (row) => {
  const select = () => selectRows(images, [0, row]);
  expect(select).toThrow(InvalidOptionError);
  expect(select).toThrow('rows[1] must be an integer from 0, below the 3 rows');
});

test('stacks rows, with ids where all have some', () => {
  const data = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  expect(stackRows([images, texts])).toEqual({ data, rows: 4, dim: 2, ids: ['a', 'b', 'c', 'a'] });
  const { ids, ...bare } = texts;
  expect(stackRows([images, bare])).toEqual({ data, rows: 4, dim: 2 });
});

test('refuses to stack rows of two lengths, naming the part', () => {
  const wider = { data: new Float32Array(3), rows: 1, dim: 3 };
  expect(() => stackRows([images, texts, wider])).toThrow(ShapeError);
  expect(() => stackRows([images, texts, wider])).toThrow('parts[2]');
  expect(() => stackRows([images, { ...texts, rows: 2 }])).toThrow('parts[1].data');
  expect(() => stackRows([])).toThrow(InvalidOptionError);
});
