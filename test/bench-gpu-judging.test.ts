// Bars, budget and parity of `bench gpu`, without a GPU.
import { expect, test } from 'vitest';
import { judge, verdictText } from '../bench/gpu/bars.ts';
import { runSteps, type Step, type StepEnd } from '../bench/gpu/budget.ts';
import { amongOurselves, parityWith } from '../bench/gpu/parity.ts';
import { rightOf } from '../bench/gpu/report.ts';
import { TimeLimit } from '../bench/gpu/time-limit.ts';
import { PeerMissingError } from '../bench/peer-errors.ts';
import { AbortedError, throwIfAborted } from '../src/errors.ts';

const bar = { name: 'images', atLeast: 1.5, unit: 'x' } as const;
const at = (value: number, place = 'batch 8') => ({ at: place, value });

test.each([
  ['reached', [at(1.5)], 'reached'],
  ['by the lowest', [at(9), at(1.25, 'batch 1'), at(2)], 'missed by 0.25 x'],
  ['not measured without figures', [], 'not measured: no peer'],
  ['nor by what is no number', [at(Number.NaN), at(Number.POSITIVE_INFINITY)], 'not measured: no peer'],
  ['what is no number spoils no other', [at(Number.NaN), at(1.6)], 'reached'],
])('a bar is %s', (_, figures, expected) => {
  expect(verdictText(judge(bar, figures, 'no peer'))).toBe(expected);
});

test('the judged bar says of which batch it is, and a share is missed by points', () => {
  expect(judge(bar, [at(2), at(1, 'batch 1')], '')).toMatchObject({
    ...{ figure: 1, at: 'batch 1', missedBy: 0.5, verdict: 'missed' },
  });
  const share = judge({ name: 'GEMM', atLeast: 60, unit: '%' }, [at(47.7)], '');
  expect(verdictText(share)).toBe('missed by 12.3 points');
});

/** Steps that take so many seconds of a clock that only they move. */
function clocked(parts: readonly (Pick<Step, 'name' | 'needs'> & Partial<Step> & { takes: number })[]) {
  let now = 100;
  const steps = parts.map(({ takes, ...step }) => ({
    ...step,
    run: async (signal: AbortSignal, seconds: number) => {
      await step.run?.(signal, seconds);
      now += takes;
    },
  }));
  return { steps, clock: () => now };
}

async function endsOf(
  parts: Parameters<typeof clocked>[0],
  seconds: number,
  signal?: AbortSignal,
): Promise<StepEnd[]> {
  const { steps, clock } = clocked(parts);
  const ends: StepEnd[] = [];
  const onEnd = async (end: StepEnd) => {
    ends.push(end);
  };
  await runSteps(steps, { seconds, signal, clock, onEnd });
  return ends;
}

test('a step that no longer fits is skipped by name, and a smaller one behind it still runs', async () => {
  const ends = await endsOf(
    [
      { name: 'parity', needs: 10, takes: 30 },
      { name: 'large', needs: 40, takes: 40 },
      { name: 'small', needs: 5, takes: 20 },
      { name: 'late', needs: 1, takes: 1 },
    ],
    50,
  );
  expect(ends).toEqual([
    { name: 'parity', became: 'done', seconds: 30 },
    { name: 'large', became: 'skipped', seconds: 0, why: 'needs 40 s, and 20 s of the budget were left' },
    { name: 'small', became: 'done', seconds: 20 },
    { name: 'late', became: 'skipped', seconds: 0, why: 'needs 1 s, and 0 s of the budget were left' },
  ]);
});

test('a step is told how long it may take, and cut off then', async () => {
  const told: number[] = [];
  const run = async (signal: AbortSignal, seconds: number) => {
    told.push(seconds);
    if (seconds > 1) return;
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    throwIfAborted(signal);
  };
  const ends = await endsOf(
    [
      { name: 'first', needs: 1, takes: 40, run },
      { name: 'second', needs: 1, most: 0.02, takes: 0, run },
    ],
    60,
  );
  expect(told).toEqual([60, 0.02]);
  expect(ends.map(({ became }) => became)).toEqual(['done', 'cut off']);
});

test('an interruption after a step has ended is no limit of it', async () => {
  const outside = new AbortController();
  const limit = new TimeLimit(60, 0, outside.signal);
  limit.end();
  outside.abort();
  const rest = new Promise((resolve) => setTimeout(() => resolve('quiet'), 20));
  await expect(Promise.race([limit.hung, rest])).resolves.toBe('quiet');
});

test('a step that hangs is left behind, and says so', async () => {
  const ends: StepEnd[] = [];
  const onEnd = async (end: StepEnd) => {
    ends.push(end);
  };
  const steps: Step[] = [
    { name: 'hanging', needs: 0, most: 0.01, run: () => new Promise(() => {}) },
    { name: 'last', needs: 0, run: async () => {} },
  ];
  await runSteps(steps, { seconds: 9, grace: 0.01, onEnd });
  expect(ends).toMatchObject([
    { became: 'failed', why: expect.stringContaining('StepHungError: did not end in the 0.01 s') },
    { became: 'done' },
  ]);
});

test('a failed step, a refused one and a missing peer leave the others', async () => {
  const fails = (error: Error) => async () => Promise.reject(error);
  const ends = await endsOf(
    [
      { name: 'failing', needs: 0, takes: 0, run: fails(new RangeError('too large')) },
      { name: 'aborting', needs: 0, takes: 0, run: fails(new AbortedError('by another')) },
      { name: 'refused', needs: 0, takes: 0, refusal: () => 'wrong' },
      {
        name: 'PyTorch',
        needs: 0,
        takes: 0,
        run: fails(new PeerMissingError('P', 'pip', new Error('no P\nat x'))),
      },
      { name: 'last', needs: 0, takes: 0 },
    ],
    9,
  );
  expect(ends.map(({ became, why }) => [became, why])).toEqual([
    ['failed', 'RangeError: too large'],
    ['failed', 'AbortedError: aborted by the caller'],
    ['refused', 'wrong'],
    ['skipped', 'P cannot be loaded; install it with: pip (no P)'],
    ['done', undefined],
  ]);
});

test('after Ctrl-C the rest is skipped', async () => {
  const stop = new AbortController();
  const run = async () => stop.abort();
  const ends = await endsOf(
    [
      { name: 'first', needs: 0, takes: 1, run },
      { name: 'second', needs: 0, takes: 1 },
    ],
    9,
    stop.signal,
  );
  expect(ends.map(({ became, why }) => [became, why])).toEqual([
    ['done', undefined],
    ['skipped', 'interrupted'],
  ]);
});

test.each([
  ['at its bound', 0.999, true],
  ['below', 0.9989, false],
  ['no number', Number.NaN, false],
])('a variant whose cosine is %s', (_, cosine, right) => {
  expect(parityWith('texts', 'ours f16', 'ORT cpu', cosine)).toMatchObject({ variant: 'f16', right });
});

test('where ours judge each other, one that differs leaves none right; what was not checked is not right', () => {
  const pair = (cosine: number) => parityWith('images', 'ours f16', 'ours f32', cosine);
  expect(rightOf(amongOurselves([pair(1)]), 'images')).toEqual(['f16', 'f32']);
  expect(rightOf(amongOurselves([pair(1)]), 'texts')).toEqual([]);
  const third = parityWith('images', 'ours f16, matrix units', 'ours f32', 0.5);
  expect(rightOf(amongOurselves([pair(1), third]), 'images')).toEqual([]);
  expect(amongOurselves([])).toEqual([]);
});

test('a variant that a later batch finds wrong is right no more', () => {
  const found = [1, 0.2].map((cosine) => parityWith('texts', 'ours f16', 'ORT cpu', cosine));
  expect(rightOf(found.slice(0, 1), 'texts')).toEqual(['f16']);
  expect(rightOf(found, 'texts')).toEqual([]);
});
