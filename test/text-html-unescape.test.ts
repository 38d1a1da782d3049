import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { unescapeCompleteReferences, unescapeHtml } from '../src/text/html-entities.ts';

// Judge: Python's html.unescape (golden/text-html-unescape.py).
const golden = JSON.parse(
  readFileSync(new URL('golden/text-html-unescape.json', import.meta.url), 'utf8'),
) as [input: string, output: string][];

test('unescapeHtml agrees with html.unescape', () => {
  expect(golden.length).toBeGreaterThan(800);
  expect(golden.map(([input]) => [input, unescapeHtml(input)])).toEqual(golden);
});

// Judge: the examples in ftfy's documentation of unescape_html, and its description.
describe('unescapeCompleteReferences', () => {
  test.each([
    ['&lt;tag&gt;', '<tag>'],
    ['&Jscr;ohn &HilbertSpace;ancock', '𝒥ohn ℋancock'],
    ['P&EACUTE;REZ', 'PÉREZ'],
    ['BUNDESSTRA&SZLIG;E', 'BUNDESSTRASSE'],
    ['&ntilde; &Ntilde; &NTILDE; &nTILDE;', 'ñ Ñ Ñ &nTILDE;'],
    ['this&not that &amp', 'this&not that &amp'],
    ['&#946;&#x3b2;&#X3B2;', 'βββ'],
    ['&#59; &#12a;', '&#59; &#12a;'],
  ])('%s', (input, output) => expect(unescapeCompleteReferences(input)).toBe(output));
});
