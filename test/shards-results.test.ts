// What is said of a folder of results, by its files alone.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Ledger, type ShardResult } from '../src/node/shards/ledger.ts';
import { readPlan, writeList } from '../src/node/shards/plan.ts';
import { cli } from './support/cli-run.ts';

let folder: string;
let ledger: Ledger;
let out: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shards-results-'));
  out = join(folder, 'out');
  const texts = Array.from({ length: 6 }, (_, i) => ({ id: String(i), text: `text ${i}` }));
  const recipe = { model: 'm', fingerprint: 'f', dtype: 'f32', vectors: 'f32', revision: 1 } as const;
  const sink = {
    write: async (bytes: Uint8Array) => writeFile(join(folder, 'l.jsonl'), bytes, { flag: 'a' }),
  };
  const plan = await writeList(sink, { images: [], texts, pairs: [] }, recipe, { rows: 1, list: 'l.jsonl' });
  await writeFile(join(folder, 'p.json'), JSON.stringify(plan));
  ledger = await Ledger.open(out, await readPlan(join(folder, 'p.json')));
});
afterEach(() => rm(folder, { recursive: true }));

const idOf = (index: number) => ledger.plan.shards[index]?.id ?? '';
async function commit(index: number, at = 0): Promise<void> {
  const result: ShardResult = {
    parquet: Buffer.from(`shard ${index}`),
    ...{ images: 0, texts: 1, pairs: 0, skipped: 0, truncated: 0 },
    ...{ finished: new Date(1e12 + 1000 * at).toISOString(), seconds: 1 },
    provenance: { package: '', version: '', date: '', command: '', inputs: {} },
  };
  await ledger.commit(ledger.plan.shards[index] as (typeof ledger.plan.shards)[number], result);
}
/** Tries that end with an error, or without a word. */
async function fail(index: number, errors: readonly (string | undefined)[], tries = 2): Promise<void> {
  for (const [i, error] of errors.entries()) {
    const about = { host: 'elsewhere', pid: 1, started: '', tries };
    const stem = join(out, 'tries', `${idOf(index)}.${i + 1}`);
    await writeFile(`${stem}.try.json`, JSON.stringify(about));
    if (error !== undefined) await writeFile(`${stem}.failed.json`, JSON.stringify({ ...about, error }));
  }
}
async function status() {
  const { stdout, code } = await cli(['shards', 'status', out, '--json']);
  expect(code).toBe(0);
  return JSON.parse(stdout) as Record<string, unknown>;
}

test('status counts each state, with errors, rate and time left', async () => {
  await commit(0, 1);
  await commit(1, 4);
  await fail(2, ['ImageError: bad']);
  await fail(3, [undefined, 'ImageError: bad', undefined]);
  await fail(4, [undefined]);
  expect(await status()).toMatchObject({
    shards: { done: 2, running: 0, begun: 1, failed: 1, parked: 1, missing: 1 },
    rowsPerSecond: 0.5, // two in the four seconds from 0 to 4
    secondsLeft: 8,
    open: [
      { shard: 2, state: 'failed', error: 'ImageError: bad' },
      { shard: 3, state: 'parked', error: 'ImageError: bad' },
      { shard: 4, state: 'begun', error: expect.stringContaining('ended without a word') },
    ],
  });
  const attempt = await ledger.attempts.begin(idOf(5), 2);
  expect(await status()).toMatchObject({ shards: { running: 1, missing: 0 } });
  await attempt?.end();
  const { stdout } = await cli(['shards', 'status', out]);
  expect(stdout).toMatch(
    /^2 done, 1 begun, 1 failed, 1 parked, 1 missing\n[\s\S]*left {4}8 s[\s\S]*shard 3 parked: ImageError: bad/,
  );
});

test('retry forgets the tries of parked and failed shards, or of those that are named', async () => {
  await fail(2, ['a']);
  await fail(3, ['a', 'b']);
  await fail(4, [undefined]);
  expect((await cli(['shards', 'retry', out, '--shard', '3'])).stdout).toBe('to be tried again: 3\n');
  expect(await status()).toMatchObject({ shards: { parked: 0, failed: 1, begun: 1 } });
  expect((await cli(['shards', 'retry', out])).stdout).toBe('to be tried again: 2\n');
  expect((await cli(['shards', 'retry', out])).stdout).toBe('no shard is parked or failed\n');
  const wrong = await cli(['shards', 'retry', out, '--shard', '6']);
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('the shards 0 to 5')]);
});

test('verify: whole and complete, or what is damaged and missing', async () => {
  for (const index of [0, 1, 2, 3, 4]) await commit(index);
  await fail(5, ['x', 'y']);
  const incomplete = await cli(['shards', 'verify', out]);
  expect([incomplete.code, incomplete.stdout]).toEqual([1, '']);
  expect(incomplete.stderr).toMatch(/ShardsNotWholeError: .*1 missing \(5\), 1 of them parked/);
  await commit(5);
  expect(await cli(['shards', 'verify', out])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('all 6 shards'),
  });

  const [first = '', second = '', third = ''] = (await readdir(out)).filter((name) =>
    name.endsWith('.parquet'),
  );
  await writeFile(join(out, first), 'shard X');
  await writeFile(join(out, second), 'cut');
  await rm(join(out, third));
  await writeFile(join(out, 'stray.parquet'), '');
  const { code, stderr } = await cli(['shards', 'verify', out, '--json']);
  expect(code).toBe(1);
  expect(stderr).toContain('warning: 1 results that no commit names');
  const { error } = JSON.parse(stderr.trim().split('\n').at(-1) ?? '') as { error: { damaged: object[] } };
  expect(error.damaged).toHaveLength(3);
  expect(error.damaged).toEqual(
    expect.arrayContaining([
      { file: first, reason: 'has another SHA-256 than its commit says' },
      { file: second, reason: 'has 3 of 7 bytes' },
      { file: third, reason: 'is missing' },
    ]),
  );
});

test('reads alone: nothing is made in a folder that is no results', async () => {
  for (const name of ['status', 'verify', 'retry']) {
    const { code, stderr } = await cli(['shards', name, join(folder, 'none')]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/ShardPlanError.*plan\.json: cannot be read/)]);
  }
  expect(await readdir(folder)).not.toContain('none');
  expect(await readFile(join(out, 'plan.json'), 'utf8')).toContain(ledger.plan.id);
});
