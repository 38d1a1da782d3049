// Workers that are killed, stopped and continued, as processes of their own. The judge is one undisturbed run: the same names and
// bytes, each shard committed once.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenedPlan, readPlan } from '../src/node/shards/plan.ts';
import { cli, tinyModel } from './support/cli-run.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SHARDS = 12;

let folder: string;
let options: string[];
let plan: OpenedPlan;
let undisturbed: Map<string, Buffer>;
const workers = new Set<ChildProcess>();
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shards-kill-'));
  ({ options } = await tinyModel(folder));
  const captions = Array.from({ length: SHARDS * 4 }, (_, i) => `caption ${i} of a picture`);
  await writeFile(at('captions.txt'), captions.join('\n'));
  const planning = ['shards', 'plan', '--captions', at('captions.txt'), '--rows', '4', '-o', at('plan.json')];
  expect((await cli([...planning, ...options.slice(0, 2)])).code).toBe(0);
  plan = await readPlan(at('plan.json'));
  expect(plan.shards).toHaveLength(SHARDS);
  expect((await cli(['embed', '--shards', at('plan.json'), '-o', at('undisturbed'), ...options])).code).toBe(
    0,
  );
  undisturbed = await results('undisturbed');
  expect(undisturbed.size).toBe(SHARDS);
});
afterAll(async () => {
  for (const worker of workers) worker.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

async function results(out: string): Promise<Map<string, Buffer>> {
  const names = (await readdir(at(out))).filter((name) => name.endsWith('.parquet')).sort();
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(at(join(out, name)))] as const)),
  );
}

/** Every shard is committed, with the bytes of the undisturbed run and nothing beside them. */
async function expectWhole(out: string): Promise<void> {
  const ours = await results(out);
  expect([...ours.keys()]).toEqual([...undisturbed.keys()]);
  for (const [name, bytes] of undisturbed) expect(ours.get(name)?.equals(bytes), name).toBe(true);
  expect((await cli(['shards', 'verify', at(out)])).code).toBe(0);
}

function worker(out: string, ...args: string[]) {
  const program = ['--import', join(ROOT, 'from-source.mjs'), join(ROOT, 'bin', 'biomedclip-webgpu.ts')];
  const line = ['embed', '--shards', at('plan.json'), '-o', at(out), '--json', ...options, ...args];
  const child = spawn(process.execPath, [...program, ...line], { env: { ...process.env, CI: 'true' } });
  workers.add(child);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (text) => (stdout += text));
  child.stderr.on('data', (text) => (stderr += text));
  const ended = once(child, 'close').then(([code]) => {
    workers.delete(child);
    return { code: code as number | null, stdout, stderr };
  });
  return { child, ended };
}

/** Resolves at the first change of a file whose name fits, from now on. The folder is made first. */
async function firstChange(
  out: string,
  fits: (name: string) => boolean,
): Promise<{ readonly seen: Promise<string> }> {
  await mkdir(at(join(out, 'tries')), { recursive: true });
  const seen = new Promise<string>((resolve) => {
    const watchers = [at(out), at(join(out, 'tries'))].map((path) =>
      watch(path, (_, name) => {
        if (!name || !fits(name)) return;
        for (const one of watchers) one.close();
        resolve(name);
      }),
    );
  });
  return { seen };
}

const begun = (name: string) => name.endsWith('.try.json') && !name.startsWith('.');

test.skipIf(process.platform === 'win32')(
  'killed at each step of a shard, again and again: every shard once, in the bytes of one run',
  async () => {
    const steps: readonly ((name: string) => boolean)[] = [
      (name) => name.startsWith('.plan.json'), // the first file of all, half written
      begun,
      (name) => name.startsWith('.') && name.includes('.parquet.'), // a result, half written
      (name) => name.endsWith('.parquet') && !name.startsWith('.'), // a result without its commit
      (name) => /^\.[\da-f]{64}\.json\./.test(name), // a commit, half written
      (name) => /^[\da-f]{64}\.json$/.test(name), // a commit
    ];
    for (const fits of steps) {
      const { seen } = await firstChange('killed', fits);
      const { child, ended } = worker('killed', '--tries', '99');
      const killed = seen.then(() => {
        child.kill('SIGKILL');
        return ended;
      });
      const { stderr } = await Promise.race([killed, ended]);
      expect(child.signalCode, stderr).toBe('SIGKILL');
    }
    const last = await worker('killed', '--tries', '99').ended;
    expect(last.code, last.stderr).toBe(0);
    await expectWhole('killed');
    const hidden = (await readdir(at('killed'))).filter((name) => name.startsWith('.'));
    expect(hidden).toEqual([]); // swept by the last
  },
  240_000,
);

test.skipIf(process.platform === 'win32')(
  'stopped in a shard while another worker does all, and continued: no second commit',
  async () => {
    const { seen } = await firstChange('stopped', begun);
    const first = worker('stopped');
    const name = await seen;
    first.child.kill('SIGSTOP');
    const shard = name.split('.')[0];
    const other = await worker('stopped').ended;
    expect(JSON.parse(other.stdout), other.stderr).toMatchObject({ shards: SHARDS });
    const commit = at(`stopped/${shard}.json`);
    const before = await stat(commit, { bigint: true });
    first.child.kill('SIGCONT');
    const { code, stdout, stderr } = await first.ended;
    expect(code, stderr).toBe(0);
    const after = await stat(commit, { bigint: true });
    expect([after.ino, after.mtimeNs]).toEqual([before.ino, before.mtimeNs]);
    const ours = JSON.parse(stdout) as Record<'committed' | 'done' | 'same' | 'other', number>;
    expect(ours.committed + ours.done + ours.same).toBe(SHARDS);
    expect(ours.other).toBe(0);
    expect(await readdir(at('stopped/tries'))).toEqual([]);
    await expectWhole('stopped');
  },
  120_000,
);

test.skipIf(process.platform === 'win32')(
  'a shard that kills its worker every time is parked and named, the rest completes; a signal does not count',
  async () => {
    const fatal = plan.shards[5]?.id ?? '';
    const killAtFatal = async (signal: NodeJS.Signals) => {
      const { seen } = await firstChange('fatal', (name) => begun(name) && name.startsWith(fatal));
      const { child, ended } = worker('fatal', '--tries', '2');
      await seen;
      child.kill(signal);
      return ended;
    };
    expect((await killAtFatal('SIGTERM')).code).toBe(143);
    for (let i = 0; i < 2; i++) expect((await killAtFatal('SIGKILL')).code).toBeNull();
    const { code, stderr } = await worker('fatal', '--tries', '2').ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/shard 5 is parked/);
    expect((await results('fatal')).size).toBe(SHARDS - 1);
    const { stdout } = await cli(['shards', 'status', at('fatal')]);
    expect(stdout).toMatch(/^11 done, 1 parked\n[\s\S]*shard 5 parked: its worker ended without a word/);
    expect((await cli(['shards', 'retry', at('fatal')])).stdout).toBe('to be tried again: 5\n');
    expect((await worker('fatal', '--tries', '2').ended).code).toBe(0);
    await expectWhole('fatal');
  },
  240_000,
);
