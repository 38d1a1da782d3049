import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CODE_PAGES, encodeIn } from '../src/text/code-pages.ts';
import { fixText } from '../src/text/fix-text.ts';
import { fixEncoding } from '../src/text/mojibake.ts';

// Judge: Python's codecs, which made the misreadings (golden/text-mojibake.py).
const golden = JSON.parse(readFileSync(new URL('golden/text-mojibake.json', import.meta.url), 'utf8')) as {
  plain: string[];
  misread: { encoding: string; text: string; misread: string }[];
};

describe('fixEncoding', () => {
  test.each(golden.misread)('undoes $encoding: $misread', ({ text, misread }) => {
    expect(misread).not.toBe(text);
    expect(fixEncoding(misread)).toBe(text);
  });

  test.each(golden.plain)('leaves alone: %s', (text) => expect(fixEncoding(text)).toBe(text));

  test('mends a misread part of a text that is no misreading as a whole', () => {
    expect(fixEncoding('Sjögren’s β-catenin na\u00c3\u00afve 日本')).toBe('Sjögren’s β-catenin naïve 日本');
  });

  test('reads CESU-8 surrogate pairs', () => {
    expect(fixEncoding('lung \u00ed\u00a0\u00be\u00ed\u00be\u0081 scan')).toBe('lung \u{1fb81} scan');
  });

  test('replaces what a lossy program dropped by U+FFFD', () => {
    expect(fixEncoding('â€œlossyâ€\ufffd')).toBe('“lossy\ufffd');
  });
});

describe('code pages', () => {
  // Judge: the platform's own decoders, for the code pages that WHATWG's Encoding Standard shares.
  test.each(['windows-1251', 'windows-1250', 'iso-8859-2', 'macintosh'])('%s', (label) => {
    const page = CODE_PAGES.find(({ name }) => name === (label === 'macintosh' ? 'macroman' : label));
    const bytes = Uint8Array.from({ length: 128 }, (_, i) => 0x80 + i);
    expect(page?.high).toBe(new TextDecoder(label).decode(bytes));
  });

  test.each(CODE_PAGES)('$name encodes what it decodes', (page) => {
    expect(page.high).toHaveLength(128);
    const bytes = String.fromCharCode(...Array.from({ length: 128 }, (_, i) => 0x80 + i));
    expect(encodeIn(page, page.high)).toBe(bytes);
    expect(encodeIn(page, '日')).toBeUndefined();
  });
});

describe('fixText', () => {
  test.each([
    ['lines have encodings of their own', 'Müller\nM\u00c3\u00bcller', 'Müller\nMüller'],
    [
      'references stay from a line with "<" on',
      'a &amp; b\n<b> &amp; c\nd &amp; e',
      'a & b\n<b> &amp; c\nd &amp; e',
    ],
    ['a lone surrogate', 'a\ud800b', 'a\ufffdb'],
    ['a surrogate pair stays', 'a\u{1f9e0}b', 'a\u{1f9e0}b'],
    ['C1 controls as Windows-1252', 'a\u0085 日', 'a… 日'],
  ])('%s', (_, input, output) => expect(fixText(input)).toBe(output));
});
