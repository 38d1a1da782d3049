import { describe, expect, test } from 'vitest';
import { TimeLeft, timeInWords } from '../examples/browser/src/state/time-left.ts';

describe('how long something goes on', () => {
  test('is said once the rate is known, and follows it', () => {
    const left = new TimeLeft();
    expect(left.after(0, 50_000, 0)).toBeUndefined();
    expect(left.after(30, 50_000, 3000)).toBeUndefined();
    expect(left.after(50, 50_000, 5000)).toBeCloseTo((49_950 / 10) * 1000);
    // Ten times faster from here on: after the window nothing is left of the slow start.
    for (let at = 6000; at <= 80_000; at += 1000) left.after(50 + (at - 5000) / 10, 50_000, at);
    expect(left.after(7650, 50_000, 81_000)).toBeCloseTo(((50_000 - 7650) / 100) * 1000, -2);
  });

  test('is not told by what stands still, and begins again with another thing', () => {
    const left = new TimeLeft();
    left.after(10, 100, 0);
    expect(left.after(10, 100, 10_000)).toBeUndefined();
    expect(left.after(20, 100, 11_000)).toBeDefined();
    expect(left.after(0, 50, 12_000)).toBeUndefined();
  });

  test.each([
    [5_000, 'less than a minute'],
    [50_000, 'about a minute'],
    [360_000, 'about 6 min'],
    [7_200_000, 'about 2.0 h'],
  ])('%i ms in words', (milliseconds, words) => {
    expect(timeInWords(milliseconds)).toBe(words);
  });
});
