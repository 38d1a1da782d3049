import { describe, expect, test } from 'vitest';
import { textBatches } from '../src/model/text-batches.ts';
import { roundUpTexts, roundUpTokens } from '../src/model/text-tower.ts';

const limits = { texts: 64, tokens: 2048, mostTokens: 10_000 };
/** Captions as they come: 2 to 256 tokens, most of them short. */
const lengths = Array.from({ length: 250 }, (_, i) => 2 + ((i * i * 37 + 11 * i) % (i % 9 === 0 ? 255 : 60)));
const tokensOf = (batch: readonly number[]) => batch.reduce((sum, i) => sum + (lengths[i] ?? 0), 0);
const spread = (values: readonly number[]) => Math.max(...values) - Math.min(...values);

describe('texts in batches', () => {
  test('every text is in one of them', () => {
    const indices = textBatches(lengths, limits).flat();
    expect(indices.sort((a, b) => a - b)).toEqual([...lengths.keys()]);
  });

  test('they are as few as the limits allow, and even: in texts by one, in tokens by one text', () => {
    const batches = textBatches(lengths, limits);
    const total = tokensOf([...lengths.keys()]);
    expect(batches).toHaveLength(Math.ceil(total / 2048));
    expect(batches.length).toBeGreaterThan(3);
    expect(spread(batches.map(({ length }) => length))).toBeLessThanOrEqual(1);
    expect(spread(batches.map(tokensOf))).toBeLessThanOrEqual(256);
    expect(spread(batches.map((batch) => roundUpTexts(batch.length)))).toBeLessThanOrEqual(8);
  });

  test('the longest stand first', () => {
    for (const batch of textBatches(lengths, limits)) {
      const sizes = batch.map((i) => lengths[i] ?? 0);
      expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
    }
  });

  test.each([1, 2, 3, 7])('none has more than %i texts, if so many are allowed', (texts) => {
    const batches = textBatches(lengths, { ...limits, texts });
    expect(batches).toHaveLength(Math.ceil(lengths.length / texts));
    expect(Math.max(...batches.map(({ length }) => length))).toBe(texts);
  });

  test('none has more tokens than it can have, though more batches are needed', () => {
    const uneven = [256, 256, 256, 2, 2, 2, 2, 2];
    for (const mostTokens of [256, 300, 520]) {
      const batches = textBatches(uneven, { texts: 64, tokens: 520, mostTokens });
      const tokens = batches.map((batch) => batch.reduce((sum, i) => sum + (uneven[i] ?? 0), 0));
      expect(Math.max(...tokens)).toBeLessThanOrEqual(mostTokens);
      expect(batches.flat()).toHaveLength(8);
    }
  });

  test('of no texts there are none', () => {
    expect(textBatches([], limits)).toEqual([]);
  });
});

describe('shapes', () => {
  test.each([
    { round: roundUpTokens, few: 16, over: 1 / 16, from: 256, shapes: 64 },
    { round: roundUpTexts, few: 1, over: 1 / 8, from: 1, shapes: 72 },
  ])('$round.name: few for all totals, and little above them', ({ round, few, over, from, shapes }) => {
    const seen = new Set<number>();
    for (let count = 1; count <= 2048; count++) {
      const up = round(count);
      expect(up).toBeGreaterThanOrEqual(count);
      expect(up - count).toBeLessThan(count < from ? few : Math.max(few, count * over));
      expect(round(up)).toBe(up);
      seen.add(up);
    }
    expect(seen.size).toBeLessThanOrEqual(shapes);
  });
});
