import { expect, test } from 'vitest';
import { UnreadableImageError } from '../src/image/errors.ts';
import { tiffPages } from '../src/image/pages.ts';

/** A TIFF whose directories lie over one another, each of 60,000 entries. */
function overlapping(directories: number): Uint8Array {
  const entries = 60_000;
  const view = new DataView(new ArrayBuffer(8 + 4 * directories + 2 + 12 * entries + 4));
  view.setUint32(0, 0x49492a00); // "II*\0"
  view.setUint32(4, 8, true);
  for (let i = 0; i < directories; i++) {
    const at = 8 + 4 * i;
    view.setUint16(at, entries, true);
    view.setUint32(at + 2 + 12 * entries, i < directories - 1 ? at + 4 : 0, true);
  }
  return new Uint8Array(view.buffer);
}

test('one large directory is a page', () => {
  expect(tiffPages(overlapping(1), 'a.tif')).toBe(1);
});

test('directories of more entries than the file has room for are refused', () => {
  expect(() => tiffPages(overlapping(1000), 'a.tif')).toThrow(UnreadableImageError);
});
