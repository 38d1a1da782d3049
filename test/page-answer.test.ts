import { expect, test } from 'vitest';
import { Answer } from '../examples/browser/src/session/answer.ts';

// Who may still speak for a question: the last one asked, until it is answered.

test('a question is the latest until another is asked', async () => {
  const answer = new Answer<number>();
  let isFirst = () => false;
  const first = answer.ask(async (isLatest) => {
    isFirst = isLatest;
    await Promise.resolve();
    return 1;
  });
  expect(isFirst()).toBe(true);
  const second = answer.ask(async () => 2);
  expect(isFirst()).toBe(false);
  await Promise.all([first, second]);
  expect(answer.value).toBe(2);
});

test.for(['answered', 'failed'])('once %s, nothing that arrives late counts', async (how) => {
  const answer = new Answer<number>();
  let isMine = () => false;
  const asked = answer.ask(async (isLatest) => {
    isMine = isLatest;
    if (how === 'failed') throw new Error('failed');
    return 1;
  });
  await asked.catch(() => {});
  expect([answer.pending, isMine()]).toEqual([false, false]);
});
