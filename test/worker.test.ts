// Workers on a queue, which may lose shards or hand one out twice. The judge: the files in the folder, which are those of an
// undisturbed run to the byte.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Worker as Thread } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { runCli } from '../src/node/commands/run-cli.ts';
import { ShardQueue } from '../src/node/queue/shard-queue.ts';
import { type OpenedPlan, readPlan } from '../src/node/shards/plan.ts';
import { Captured, cli, tinyModel, writeImages } from './support/cli-run.ts';
import { OwnRedis, REDIS } from './support/redis.ts';

const REPOSITORY = fileURLToPath(new URL('..', import.meta.url));
const IMAGES = 24;

describe.skipIf(REDIS === undefined)('workers', () => {
  let folder: string;
  let options: string[];
  let plan: OpenedPlan;
  let undisturbed: Map<string, string>;
  let redis: OwnRedis;
  const at = (name: string) => join(folder, name);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'worker-'));
    ({ options } = await tinyModel(folder));
    const names = Array.from({ length: IMAGES }, (_, i) => `${i}.png`);
    await writeImages(at('scans'), names);
    const rows = names.map((name, i) => `${name},caption ${i}`);
    await writeFile(at('scans/captions.csv'), ['image,caption', ...rows, ''].join('\n'));
    const captions = ['--captions', at('scans/captions.csv'), '--rows', '2'];
    const planned = await cli([
      'shards',
      'plan',
      at('scans'),
      ...captions,
      '-o',
      at('plan.json'),
      ...options.slice(0, 2),
    ]);
    expect(planned.code, planned.stderr).toBe(0);
    plan = await readPlan(at('plan.json'));
    await cli(['embed', '--shards', at('plan.json'), '-o', at('undisturbed'), ...options]);
    undisturbed = await results('undisturbed');
    expect(undisturbed.size).toBe(plan.shards.length);
  });
  afterAll(() => rm(folder, { recursive: true }));
  beforeEach(async () => {
    redis = await OwnRedis.start();
  });
  afterEach(() => redis.kill());

  /** Names of results, which say their shard and their bytes. */
  async function results(out: string): Promise<Map<string, string>> {
    const names = (await readdir(at(out))).filter((name) => name.endsWith('.parquet')).sort();
    const digests = await Promise.all(names.map((name) => readFile(at(join(out, name)), 'base64')));
    return new Map(names.map((name, i) => [name, digests[i] ?? '']));
  }

  const argv = (out: string, more: readonly string[] = []) => [
    ...['worker', '--shards', at('plan.json'), '-o', at(out), '--redis', redis.url, '--lock', '2', '--json'],
    ...['--log-format', 'json', ...options, ...more],
  ];

  /** A worker in this process. */
  function here(out: string, more: readonly string[] = []) {
    const io = { stdout: new Captured(), stderr: new Captured() };
    const stop = new AbortController();
    const code = runCli(argv(out, more), io, { signal: stop.signal });
    const events = () =>
      io.stderr.text
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    return { io, stop, code, events };
  }

  /** A worker in a process of its own. */
  const elsewhere = (out: string) => elsewhereBy(argv(out));

  function elsewhereBy(line: readonly string[]): ChildProcess {
    const program = join(REPOSITORY, 'bin/biomedclip-webgpu.ts');
    return spawn(process.execPath, ['--import', join(REPOSITORY, 'from-source.mjs'), program, ...line], {
      stdio: 'ignore',
    });
  }

  async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
    const end = Date.now() + 60_000;
    while (!(await condition())) {
      if (Date.now() > end) throw new Error('it did not come to that in a minute');
      await wait(50);
    }
  }

  test('two share the shards, each once, and end when the folder has all', async () => {
    const [one, two] = [here('both'), here('both')];
    expect([await one.code, await two.code], one.io.stderr.text + two.io.stderr.text).toEqual([0, 0]);
    expect(await results('both')).toEqual(undisturbed);
    const counts = [one, two].map(
      ({ io }) => JSON.parse(io.stdout.text) as { committed: number; same: number },
    );
    expect(counts.reduce((sum, { committed }) => sum + committed, 0)).toBe(plan.shards.length);
    expect(Math.min(...counts.map(({ committed }) => committed))).toBeGreaterThan(0);
    const outcomes = one.events().filter(({ outcome }) => outcome === 'committed');
    expect(outcomes).toHaveLength(counts[0]?.committed ?? -1);
    expect(outcomes[0]).toMatchObject({ level: 'info', images: 2, texts: 2, seconds: expect.any(Number) });
  });

  test('a worker is killed, again and again: the others take its shards over', async () => {
    for (let turn = 0; turn < 3; turn++) {
      const victim = elsewhere('killed');
      const before = (await readdir(at('killed')).catch(() => [])).length;
      await until(async () => (await readdir(at('killed')).catch(() => [])).length > before + 1);
      victim.kill('SIGKILL');
      await once(victim, 'exit');
    }
    const last = here('killed');
    expect(await last.code, last.io.stderr.text).toBe(0);
    expect(await results('killed')).toEqual(undisturbed);
    expect((await readdir(at('killed'))).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test('a worker that stood still beyond its lock commits nothing that is not its own', async () => {
    const stopped = elsewhere('still');
    await until(async () =>
      (await readdir(at('still')).catch(() => [])).some((name) => name.endsWith('.parquet')),
    );
    stopped.kill('SIGSTOP');
    const other = here('still');
    expect(await other.code, other.io.stderr.text).toBe(0);
    const whole = await results('still');
    expect(whole).toEqual(undisturbed);
    stopped.kill('SIGCONT');
    const [code] = await once(stopped, 'exit');
    expect([code, await results('still')]).toEqual([0, whole]);
  });

  test('a queue that is killed and comes back with nothing: the folder says what is left', async () => {
    const worker = here('forgotten');
    await until(() => worker.events().some(({ outcome }) => outcome === 'committed'));
    await redis.kill();
    await wait(500);
    await redis.begin();
    expect(await worker.code, worker.io.stderr.text).toBe(0);
    expect(await results('forgotten')).toEqual(undisturbed);
    expect(
      worker
        .events()
        .some(({ level, message }) => level === 'warn' && String(message).startsWith('the queue: ')),
    ).toBe(true);
  });

  test('a queue that is killed and comes back with its log: what it held is handed out once more', async () => {
    await redis.kill();
    await mkdir(at('log'));
    redis = await OwnRedis.start(at('log'));
    const worker = here('logged');
    await until(() => worker.events().some(({ outcome }) => outcome === 'committed'));
    await redis.kill();
    await wait(500);
    await redis.begin();
    expect(await worker.code, worker.io.stderr.text).toBe(0);
    expect(await results('logged')).toEqual(undisturbed);
    expect(await readdir(at('logged/tries'))).toEqual([]);
  });

  test('beside other dispatchers, which know nothing of the queue: each shard once', async () => {
    const queued = elsewhere('mixed');
    const line = ['embed', '--shards', at('plan.json'), '-o', at('mixed'), '--json', ...options];
    const both = [elsewhereBy(line), elsewhereBy([...line, '--shard', '1/2'])];
    const codes = await Promise.all([queued, ...both].map((child) => once(child, 'exit')));
    expect(codes.map(([code]) => code)).toEqual([0, 0, 0]);
    expect(await results('mixed')).toEqual(undisturbed);
    const names = await readdir(at('mixed'));
    expect(names.filter((name) => /^[\da-f]{64}\.json$/.test(name))).toHaveLength(plan.shards.length);
    expect(names.filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test('the thread of the queue ends of itself: the worker says so, and ends', async () => {
    const threads: Thread[] = [];
    const keep = (thread: Thread) => threads.push(thread);
    process.on('worker', keep);
    const worker = here('alone');
    await until(() => worker.events().some(({ outcome }) => outcome === 'committed'));
    process.off('worker', keep);
    await Promise.all(threads.map((thread) => thread.terminate()));
    expect(await worker.code).toBe(1);
    expect(worker.io.stderr.text).toMatch(/"QueueEndedError".*start the worker again/);
    const next = here('alone');
    expect(await next.code, next.io.stderr.text).toBe(0);
    expect(await results('alone')).toEqual(undisturbed);
  });

  test('a lock that is gone is known before the commit, and the shard can be offered again', async () => {
    const queue = await ShardQueue.open({ url: redis.url, name: 'q', lock: 2000 }, () => {});
    const never = new AbortController().signal;
    const shards = [{ id: 'a', index: 0 }];
    queue.offer(shards);
    queue.offer(shards);
    expect(await queue.next(5000, never)).toEqual(shards[0]);
    expect(await queue.isHeld('a')).toBe(true);
    await redis.kill();
    expect(await queue.isHeld('a')).toBe(false); // nobody answers
    await redis.begin();
    await wait(300);
    expect(await queue.isHeld('a')).toBe(false);
    queue.end('a');
    expect(await queue.next(200, never)).toBeUndefined(); // offered twice, there once
    queue.offer(shards);
    expect(await queue.next(10_000, never)).toEqual(shards[0]);
    await queue.close();
  });

  test('SIGTERM: the shard under way ends and is committed, and no other begins', async () => {
    const worker = here('drained');
    await until(() => worker.events().some(({ outcome }) => outcome === 'committed'));
    worker.stop.abort('SIGTERM');
    expect(await worker.code).toBe(143);
    const names = await readdir(at('drained'));
    const commits = names.filter((name) => /^[\da-f]{64}\.json$/.test(name));
    expect(commits.length).toBeLessThan(plan.shards.length);
    expect(names.filter((name) => name.endsWith('.parquet'))).toHaveLength(commits.length);
    expect(await readdir(at('drained/tries'))).toEqual([]);
    const next = here('drained');
    expect(await next.code, next.io.stderr.text).toBe(0);
    expect(await results('drained')).toEqual(undisturbed);
  });

  test('metrics for Prometheus and health, on loopback', async () => {
    const worker = here('measured');
    await until(() => worker.events().some(({ url }) => url !== undefined));
    const { url } = worker.events().find((event) => event.url !== undefined) ?? {};
    const health = await fetch(`${url}/health`);
    expect([health.status, await health.json()]).toEqual([
      200,
      { status: expect.stringMatching(/waiting|embedding/) },
    ]);
    await until(() => worker.events().some(({ outcome }) => outcome === 'committed'));
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toMatch(/^biomedclip_shards_total\{outcome="committed"\} [1-9]/m);
    expect(metrics).toMatch(/^biomedclip_rows_total\{modality="image"\} [1-9]/m);
    expect(metrics).toMatch(/^biomedclip_shards_left \d+/m);
    expect((await fetch(`${url}/other`)).status).toBe(404);
    expect(await worker.code).toBe(0);
    await expect(fetch(`${url}/health`)).rejects.toThrow();
  });

  test('a shard that fails every time is parked and named, and the rest is done', async () => {
    const [first] = await readFile(at('plan.rows.jsonl'), 'utf8').then((text) => text.split('\n'));
    const path = /"path":"([^"]+)"/.exec(first ?? '')?.[1] ?? expect.fail('no path');
    const image = join(folder, path);
    const bytes = await readFile(image);
    try {
      await writeFile(image, 'no picture, and of another size');
      const worker = here('parked', ['--tries', '2']);
      expect(await worker.code).toBe(1);
      expect(worker.io.stderr.text).toContain('ShardsLeftError');
      expect(worker.io.stderr.text).toContain('1 parked (0)');
      expect((await results('parked')).size).toBe(plan.shards.length - 1);
    } finally {
      await writeFile(image, bytes);
    }
  });

  test('nobody at the address', async () => {
    await redis.kill();
    const worker = here('nobody');
    expect(await worker.code).toBe(1);
    expect(worker.io.stderr.text).toMatch(
      /"QueueUnreachableError","message":"redis:\/\/127\.0\.0\.1:\d+: the queue cannot be reached: .*ECONNREFUSED/,
    );
    const warned = worker.events().filter(({ level }) => level === 'warn');
    expect(warned).toHaveLength(1); // however often it is tried
  });

  test.each([
    [['--redis', 'localhost'], 'redis://127.0.0.1:6379'],
    [['--queue', 'a:b'], 'letters, digits'],
    [['--dtype', 'f16'], 'as it was planned'],
  ])('%s is wrong usage', async (args, said) => {
    const { code, stderr } = await cli([...argv('usage'), ...args]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(said)]);
  });
});
