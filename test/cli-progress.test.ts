// The judge is the documented behaviour: a bar on a terminal, plain lines now and then elsewhere, none if quiet.
import { expect, test } from 'vitest';
import { createProgress } from '../src/node/cli/progress.ts';
import { Captured } from './support/cli-run.ts';

test('on a terminal: one bar a label, ended before other text', () => {
  const stream = new Captured({ isTTY: true });
  const progress = createProgress(stream, { env: {} });
  progress.update('loading weights', 1_500_000, 4_000_000, 'bytes');
  progress.update('embedding images', 8, 9);
  progress.update('embedding images', 9, 9);
  expect(stream.text).toContain('1.5 of 4.0 MB');
  expect(stream.text).toContain('9 of 9');
  expect(stream.text.split('\n')).toHaveLength(3); // two bars, each with its line ended
  progress.end();
  expect(stream.text.endsWith('\n')).toBe(true);
});

test('the time that is left is said once it is known, and never as a word of the bar’s own', async () => {
  const stream = new Captured({ isTTY: true });
  const progress = createProgress(stream, { env: {} });
  progress.update('counting nothing', 0, 0);
  progress.update('loading weights', 0, 4_000_000, 'bytes');
  for (let done = 1; done <= 3; done++) {
    await new Promise((resolve) => setTimeout(resolve, 300));
    progress.update('loading weights', done * 1e5, 4_000_000, 'bytes');
  }
  progress.end();
  expect(stream.text).not.toMatch(/NaN|NF|NULL|LLs|INF/);
  expect(stream.text).toMatch(/0\.3 of 4\.0 MB, 0\.\d MB\/s, \d+ s left/);
});

test('elsewhere: a line each five seconds', () => {
  let time = 0;
  const stream = new Captured();
  const progress = createProgress(stream, { now: () => time });
  for (let done = 1; done <= 12; done++) {
    time += 1000;
    progress.update('embedding images', done, 12);
  }
  progress.end();
  expect(stream.text).toBe(
    'embedding images: 5 of 12, 1.0/s, 7 s left\nembedding images: 10 of 12, 1.0/s, 2 s left\n',
  );
});

test('quiet: nothing, on a terminal too', () => {
  const stream = new Captured({ isTTY: true });
  const progress = createProgress(stream, { quiet: true });
  progress.update('embedding images', 1, 2);
  progress.end();
  expect(stream.text).toBe('');
});

test('slow work has its time each; a task that starts again has a rate of its own', () => {
  let time = 0;
  const stream = new Captured();
  const progress = createProgress(stream, { now: () => time });
  const step = (ms: number, done: number) => {
    time += ms;
    progress.update('embedding images', done, 100);
  };
  step(0, 0);
  step(20_000, 2);
  step(1000, 0);
  step(5000, 50);
  expect(stream.text).toBe(
    'embedding images: 2 of 100, 10.0 s each, 16 min 20 s left\nembedding images: 50 of 100, 10.0/s, 5 s left\n',
  );
});

test.each([{ CI: 'true' }, { TERM: 'dumb' }])('%o: lines, on a terminal too', (env) => {
  let time = 0;
  const stream = new Captured({ isTTY: true });
  const progress = createProgress(stream, { now: () => time, env });
  progress.update('embedding images', 0, 12);
  time = 6000;
  progress.update('embedding images', 6, 12);
  expect(stream.text).toBe('embedding images: 6 of 12, 1.0/s, 6 s left\n');
});
