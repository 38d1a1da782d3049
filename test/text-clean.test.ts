import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { cleanText } from '../src/text/clean.ts';
import { fixText } from '../src/text/fix-text.ts';

// Judge: ftfy 6.3.1 and open_clip's cleaning, run in Python over these inputs (see the file's `source`).
const golden = JSON.parse(
  readFileSync(new URL('golden/text-cleaning-golden.json', import.meta.url), 'utf8'),
) as {
  cases: { input: string; fixText: string; cleaned: string }[];
};

// Judge: ftfy 6.3.1 (golden/text-ftfy.py).
const repaired = JSON.parse(readFileSync(new URL('golden/text-ftfy.json', import.meta.url), 'utf8')) as {
  ftfy: string;
  cases: [text: string, fixed: string][];
  long: [string, string, number, string, number, string, number, string][];
};
const summary = (text: string) => [text.length, createHash('sha256').update(text).digest('hex')];

test('fixText agrees with ftfy on pairs of bad characters, sequences of misread ones and damaged captions', () => {
  expect(repaired.ftfy).toBe('6.3.1');
  expect(repaired.cases.length).toBeGreaterThan(1000);
  expect(repaired.cases.map(([text]) => [text, fixText(text)])).toEqual(repaired.cases);
});

test.each(repaired.long)(
  'of a long text: %j, then %j %i times, then %j',
  (before, unit, times, after, ...facts) => {
    const text = before + unit.repeat(times) + after;
    expect([...summary(fixText(text)), ...summary(cleanText(text))]).toEqual(facts);
  },
);

describe('open_clip cleaning', () => {
  test('has all golden cases', () => expect(golden.cases).toHaveLength(136));

  test.each(golden.cases)('fixText agrees with ftfy.fix_text: $input', ({ input, fixText: expected }) => {
    expect(fixText(input)).toBe(expected);
  });

  test.each(golden.cases)('cleanText agrees with open_clip: $input', ({ input, cleaned }) => {
    expect(cleanText(input)).toBe(cleaned);
  });
});
