import { expect, test } from 'vitest';
import { ClosedSpace } from '../examples/browser/src/engine/closed-space.ts';

const rows = (value: number) => ({ data: Float32Array.of(value), rows: 1, dim: 1 });
const SHIFTED = { kind: 'sliders', means: 1, shapes: 0 } as const;

test('rows are given as they are shown, or not at all: a name of before would be wrong', async () => {
  const space = new ClosedSpace({ images: rows(1), texts: rows(2) });
  expect(space.shownAs({ kind: 'raw' }).images).toEqual(rows(1));
  expect(() => space.shownAs(SHIFTED)).toThrow('What is shown is changing');
  const moved = async () => rows(3);
  await space.show(SHIFTED, { images: moved, texts: moved });
  expect(space.shownAs({ ...SHIFTED }).images).toEqual(rows(3));
  expect(() => space.shownAs({ kind: 'raw' })).toThrow('What is shown is changing');
});
