import { deflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { unpackDeflate, unpackLzw, unpackZstd } from '../src/slides/unpack.ts';
import { seededUniform } from './support/numbers.ts';

// Blocks of slides that are damaged or say more than they are. What is right is judged by test/slides.test.ts.

/** Codes of nine bits, the highest bit first. */
function ninths(...codes: readonly number[]): Uint8Array {
  const bits = codes.map((code) => code.toString(2).padStart(9, '0')).join('');
  return Uint8Array.from(bits.padEnd(Math.ceil(bits.length / 8) * 8, '0').match(/.{8}/g) ?? [], (byte) =>
    Number.parseInt(byte, 2),
  );
}
const [A, B, CLEAR, END] = [65, 66, 256, 257];

test.each([
  ['letters', [CLEAR, A, B, END], 'AB'],
  ['an entry of the table', [CLEAR, A, B, 258, END], 'ABAB'],
  ['an entry that is being made', [CLEAR, A, 258, 259, END], 'AAAAAA'],
  ['without a first clear code', [A, B, 258, END], 'ABAB'],
  ['cleared', [CLEAR, A, B, 258, CLEAR, B, END], 'ABABB'],
  ['no end', [CLEAR, A, B], 'AB'],
  ['nothing', [END], ''],
])('LZW: %s', (_, codes, text) => {
  expect(new TextDecoder().decode(unpackLzw(ninths(...codes), 100))).toBe(text);
});

test('LZW: no more than is asked for', () => {
  expect(unpackLzw(ninths(CLEAR, A, 258, 259, 260, END), 5)).toEqual(new Uint8Array(5).fill(A));
});

test('LZW: a code that there is not', () => {
  expect(() => unpackLzw(ninths(CLEAR, A, 260), 100)).toThrow(new RangeError('LZW code 260, of 259'));
  expect(() => unpackLzw(ninths(258), 100)).toThrow(RangeError);
});

test('LZW: a table that is full and not cleared stays as it is', () => {
  let [entries, width, bits] = [257, 9, ''];
  for (let i = 0; i < 6000; i++) {
    bits += A.toString(2).padStart(width, '0');
    entries = Math.min(4096, entries + 1);
    if (entries + 1 >= 2 ** width && width < 12) width += 1;
  }
  const bytes = Uint8Array.from(bits.match(/.{1,8}/g) ?? [], (byte) =>
    Number.parseInt(byte.padEnd(8, '0'), 2),
  );
  expect(unpackLzw(bytes, 10_000)).toEqual(new Uint8Array(6000).fill(A));
});

test('deflate: no more than is asked for, of what would be a gigabyte', () => {
  const zeros = deflateSync(new Uint8Array(1 << 24));
  expect(unpackDeflate(zeros, 1000)).toEqual(new Uint8Array(1000));
});

test('deflate: whole, early end, damage', () => {
  const bytes = Uint8Array.from(seededUniform(30_000, 5), (value) => Math.floor(256 * value));
  const packed = new Uint8Array(deflateSync(bytes));
  expect(unpackDeflate(packed, bytes.length)).toEqual(bytes);
  expect(unpackDeflate(packed, bytes.length + 9).length).toBe(bytes.length);
  expect(() => unpackDeflate(packed.fill(255, 0, 100), 100)).toThrow();
});

/** A zstd frame of one segment that says its length (RFC 8878, 3.1.1), of blocks of one byte again and again. */
function repeated(byte: number, length: number): Uint8Array {
  const most = 1 << 17;
  const head = [0x28, 0xb5, 0x2f, 0xfd, 0xa0, ...[0, 8, 16, 24].map((shift) => (length >> shift) & 255)];
  const blocks = Array.from({ length: Math.ceil(length / most) }, (_, i) => {
    const size = Math.min(most, length - i * most);
    const header = (size << 3) | (1 << 1) | Number((i + 1) * most >= length);
    return [header & 255, (header >> 8) & 255, (header >> 16) & 255, byte];
  });
  return Uint8Array.from([...head, ...blocks.flat()]);
}

test('zstd: whole, and no more memory than a block has, of what would be half a gigabyte', async () => {
  expect(await unpackZstd(repeated(A, 300_000), 300_000)).toEqual(new Uint8Array(300_000).fill(A));
  expect(await unpackZstd(repeated(A, 1000), 2000)).toEqual(new Uint8Array(1000).fill(A));
  const before = process.memoryUsage.rss();
  expect(await unpackZstd(repeated(A, 1 << 29), 1000)).toHaveLength(0);
  expect(process.memoryUsage.rss() - before).toBeLessThan(2 ** 27);
});

test('zstd: damage', async () => {
  expect(await unpackZstd(repeated(A, 1000).subarray(0, 12), 1000)).toHaveLength(0);
  expect(await unpackZstd(Uint8Array.of(1, 2, 3), 1000)).toHaveLength(0);
});
