import { describe, expect, test } from 'vitest';
import { BenchChildError, runChild } from '../bench/child.ts';
import { STAGES, type StartReport } from '../bench/start.ts';
import { startTable } from '../bench/start-table.ts';
import { SETTINGS } from '../bench/toggles.ts';
import { toggleFlags } from '../src/device/toggles.ts';

describe('a measured process', () => {
  test('gets its arguments and environment, and gives what it prints', async () => {
    const script = 'console.log(JSON.stringify([...process.argv.slice(1), process.env.BENCH_WORD]))';
    const result = await runChild(script, ['a b', '-c'], { env: { BENCH_WORD: 'word' } });
    expect(result).toEqual(['a b', '-c', 'word']);
  });

  test('that fails is a BenchChildError with its exit code and what it wrote', async () => {
    const failure = await runChild('console.error("first\\nlast"); process.exit(3)', []).catch(
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(BenchChildError);
    expect(failure).toMatchObject({ exitCode: 3, stderr: 'first\nlast\n' });
    expect(String(failure)).toBe('BenchChildError: a measured process ended with exit code 3: last');
  });

  test('is ended by the signal', async () => {
    const signal = AbortSignal.timeout(200);
    await expect(runChild('setInterval(() => {}, 1000)', [], { signal })).rejects.toThrow(/abort/i);
  });
});

test('every setting of `bench toggles` is one that Dawn knows, and no two are alike', () => {
  const flags = SETTINGS.map(({ toggles }) => toggleFlags(toggles).join(' '));
  expect(new Set(flags).size).toBe(SETTINGS.length);
  expect(SETTINGS[0]).toEqual({ name: 'defaults', toggles: [] });
});

test('the table of starts has a row a start and a column a stage, in seconds', () => {
  const spread = (ms: number) => ({ median: ms, min: ms - 100, max: ms + 100 });
  const milliseconds = Object.fromEntries(STAGES.map((stage, i) => [stage, spread(1000 * (i + 1))]));
  const starts = [{ model: 'm', kind: 'later', milliseconds }] as unknown as StartReport['starts'];
  const text = startTable({ date: 'd', adapter: 'a', node: 'v', rounds: 5, starts });
  expect(text.split('\n').at(-1)).toBe(
    '| m | later | 1.00 (0.90 to 1.10) | 2.00 (1.90 to 2.10) | 3.00 (2.90 to 3.10) | 4.00 (3.90 to 4.10) | 5.00 (4.90 to 5.10) |',
  );
});
