// Whatever a file or a caller holds, a message about it stays short.
import { describe, expect, test } from 'vitest';
import { BiomedClipError, InvalidOptionError, ShapeError } from '../src/errors.ts';
import { cut, excerpt, shapeExcerpt } from '../src/excerpt.ts';
import { NpyLayoutError, NpyShapeError } from '../src/npy/errors.ts';
import { parseConfig } from '../weights/config.ts';
import * as errors from '../weights/errors.ts';
import { rejection } from './support/memory-files.ts';

const LONG = 'x'.repeat(1_000_000);
const ONES = new Array<number>(1_000_000).fill(1);

/** A list in a list in a list, and so on: JSON.stringify overflows its stack on it. */
function nested(depth: number): unknown {
  let value: unknown = [];
  for (let i = 0; i < depth; i++) value = [value];
  return value;
}

describe('excerpt', () => {
  test.each([
    [undefined, 'nothing'],
    [null, 'null'],
    [0.5, '0.5'],
    [Number.NaN, 'NaN'],
    ['a "b"', '"a \\"b\\""'],
    [[0, 4], '[0,4]'],
    [{ a: [1], b: 'c' }, '{"a":[1],"b":"c"}'],
  ])('%j is shown as %s', (value, text) => {
    expect(excerpt(value)).toBe(text);
  });

  test('shows the start of what is long or deep', () => {
    expect(excerpt(ONES)).toBe('[1,1,1,1,1,1,1,1,… 999,992 more]');
    expect(excerpt(nested(200_000))).toBe('[[[[…]]]]');
  });

  test('cuts text, keys and lists', () => {
    expect(cut('abcdef', 4)).toBe('abcd… (2 more characters)');
    expect(cut('abcd', 4)).toBe('abcd');
    expect(shapeExcerpt([512, 768])).toBe('[512, 768]');
    expect(shapeExcerpt(ONES)).toBe('[1, 1, 1, 1, 1, 1, 1, 1, … 999,992 more]');
    for (const value of [LONG, [LONG, LONG], { [LONG]: LONG }])
      expect(excerpt(value).length).toBeLessThan(260);
  });
});

describe('a message stays short', () => {
  const long = [
    new BiomedClipError(`${LONG}: damaged; download it again`),
    new InvalidOptionError('dtype', "'f32' or 'f16'", LONG),
    new ShapeError('patchEmbed', 'positions', '[9, C]', ONES),
    new errors.ConfigFieldError('c.json', 'mean', 'three numbers', [LONG, nested(200_000)]),
    new errors.MissingTensorError('m', new Array(1000).fill(LONG)),
    new errors.TensorShapeError('m', [{ tensor: LONG, expected: [1], actual: ONES }]),
    new errors.NonContiguousTensorError('m', LONG, ONES, ONES),
    new errors.ZipEntryEncodingError('m', LONG, 'encrypted'),
    new errors.PickleGlobalError('m', LONG, LONG),
    new errors.StateDictError('m', LONG, 'a tensor', 'None'),
    new NpyLayoutError('a.npy', LONG),
    new NpyShapeError('a.npy', ONES),
  ];
  test.each(long.map((error, index) => ({ name: error.name, index })))('$name', ({ index }) => {
    const error = long[index] ?? new Error();
    expect(error).toBeInstanceOf(BiomedClipError);
    expect(error.message.length).toBeLessThan(4500);
    expect(error.stack?.length).toBeLessThan(10_000);
  });

  test('and keeps its end, which says what to do', () => {
    expect(new BiomedClipError(`${LONG}; download it again`).message).toMatch(/; download it again$/);
  });
});

test('a configuration of any depth is a typed error', async () => {
  const json = `{"model_cfg": ${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
  const error = await rejection(
    Promise.resolve().then(() => parseConfig('c.json', json, { file: 'm', tensors: new Map() })),
  );
  expect(error).toBeInstanceOf(errors.ConfigFieldError);
  expect(String(error)).toContain('model_cfg must be an object, got [[[[…]]]]');
});
