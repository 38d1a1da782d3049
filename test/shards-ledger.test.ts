// What a folder of results has after any call fails, and however many workers come: a shard is there whole, once, or not at all.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Ledger, type ShardResult } from '../src/node/shards/ledger.ts';
import { LocalResults } from '../src/node/shards/local-results.ts';
import { type OpenedPlan, readPlan, sha256Of, writeList } from '../src/node/shards/plan.ts';
import { FILE_CALLS, type FileCalls, MACHINE, writeIfAbsent } from '../src/node/shards/write-if-absent.ts';

let folder: string;
let plan: OpenedPlan;
const at = (name: string) => join(folder, name);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shards-ledger-'));
  const texts = ['one', 'two', 'three'].map((text, i) => ({ id: String(i), text }));
  const recipe = { model: 'm', fingerprint: 'f', dtype: 'f32', vectors: 'f32', revision: 1 } as const;
  const sink = { write: async (bytes: Uint8Array) => writeFile(at('p.rows.jsonl'), bytes, { flag: 'a' }) };
  const written = await writeList(sink, { images: [], texts, pairs: [] }, recipe, {
    rows: 1,
    list: 'p.rows.jsonl',
  });
  await writeFile(at('p.json'), JSON.stringify(written));
  plan = await readPlan(at('p.json'));
});
afterEach(() => rm(folder, { recursive: true }));

function resultOf(content: string): ShardResult {
  return {
    parquet: Buffer.from(content),
    moments: Buffer.from(`moments of ${content}`),
    ...{ images: 0, texts: 1, pairs: 0, skipped: 0, truncated: 0, finished: '', seconds: 0 },
    provenance: { package: '', version: '', date: '', command: '', inputs: {} },
  };
}

const shardOf = (index: number) => plan.shards[index] as OpenedPlan['shards'][number];
/** All that anyone sees: hidden files are none. */
const visible = async (of = 'out') =>
  (await readdir(at(of))).filter((name) => !/^(\.|plan|tries)/.test(name)).sort();

/** The system's calls, of which the nth fails, as on a full disk. Without n they are counted. */
function failing(n: number | undefined, code = 'ENOSPC') {
  const counted = { calls: 0 };
  const step = async () => {
    counted.calls += 1;
    if (counted.calls === n) throw Object.assign(new Error(code), { code });
  };
  const calls: FileCalls = {
    open: async (path, flags) => {
      await step();
      const file = await FILE_CALLS.open(path, flags);
      return {
        writeFile: async (data) => {
          await file.writeFile(Buffer.from(data as Uint8Array).subarray(0, 5)); // a part is on the disk already
          await step();
          await file.writeFile(Buffer.from(data as Uint8Array).subarray(5));
        },
        sync: async () => {
          await step();
          await file.sync();
        },
        close: async () => {
          await file.close();
          await step();
        },
      };
    },
    link: async (from, to) => {
      await step();
      await FILE_CALLS.link(from, to);
    },
    rm: async (path) => {
      await step();
      await FILE_CALLS.rm(path);
    },
  };
  return { calls, counted };
}

describe('a call that fails', () => {
  /** Opens the folder, and commits a shard. @returns the number of calls */
  async function run(out: string, n: number | undefined, code?: string): Promise<number> {
    const { calls, counted } = failing(n, code);
    const ledger = await Ledger.open(new LocalResults(at(out), calls), plan);
    const attempt = await ledger.attempts.begin(shardOf(0).id, 3);
    await ledger.commit(shardOf(0), resultOf('the content of a Parquet'));
    await attempt?.end();
    return counted.calls;
  }

  test.each(['ENOSPC', 'EIO'])('leaves whole files alone, whichever it is (%s)', async (code) => {
    const count = await run('whole', undefined);
    expect(count).toBeGreaterThan(20);
    const whole = await visible('whole');
    const contents = [
      ['.parquet', 'the content of a Parquet'],
      ['.safetensors', 'moments of the content of a Parquet'],
    ] as const;
    expect(whole).toHaveLength(3);
    for (let n = 1; n <= count; n++) {
      const out = `${code}-${n}`;
      const failure = await run(out, n, code).catch((error: Error) => error);
      const there = await visible(out).catch(() => []);
      for (const name of there) {
        const content = contents.find(([ending]) => name.endsWith(ending))?.[1] ?? expect.anything();
        expect(await readFile(at(join(out, name)), 'utf8'), `${name}, call ${n}`).toEqual(content);
      }
      const isDone = there.some((name) => name.endsWith('.json'));
      expect(isDone && there.length < 3, `a commit without its result, call ${n}`).toBe(false);
      if (failure instanceof Error) expect(failure.name, `call ${n}`).toBe('OutputWriteError');
      else expect(isDone).toBe(true);
      await run(out, undefined); // and the next worker ends it
      expect(await visible(out), `call ${n}`).toEqual(whole);
    }
  });

  test('on a file system without hard links, says so', async () => {
    const calls = {
      ...FILE_CALLS,
      link: async () => Promise.reject(Object.assign(new Error(), { code: 'ENOTSUP' })),
    };
    await expect(Ledger.open(new LocalResults(at('out'), calls), plan)).rejects.toThrow(
      'this file system has no hard links',
    );
  });
});

describe('workers at the same shard', () => {
  test('at once: one commits, and of equal results the others are the same', async () => {
    const ledgers = await Promise.all(Array.from({ length: 8 }, () => Ledger.open(at('out'), plan)));
    const outcomes = await Promise.all(ledgers.map((one) => one.commit(shardOf(1), resultOf('equal'))));
    expect(outcomes.sort()).toEqual(['committed', ...Array(7).fill('same')]);
    expect(await visible()).toHaveLength(3);
  });

  test('with other bits: the first stays, the others leave nothing', async () => {
    const ledgers = await Promise.all(Array.from({ length: 8 }, () => Ledger.open(at('out'), plan)));
    const outcomes = await Promise.all(
      ledgers.map((one, i) => one.commit(shardOf(1), resultOf(`bits ${i}`))),
    );
    expect(outcomes.sort()).toEqual(['committed', ...Array(7).fill('other')]);
    const commit = await ledgers[0]?.commitOf(shardOf(1));
    expect(await visible()).toEqual([commit?.file, commit?.moments?.file, `${shardOf(1).id}.json`].sort());
    expect(sha256Of(await readFile(at(`out/${commit?.file}`)))).toBe(commit?.sha256);
  });

  test('a result without its commit, of a worker that was killed between the two, is taken', async () => {
    const ledger = await Ledger.open(at('out'), plan);
    await ledger.commit(shardOf(2), resultOf('x'));
    await rm(at(`out/${shardOf(2).id}.json`));
    expect(await ledger.strays([])).toHaveLength(2);
    expect(await ledger.commit(shardOf(2), resultOf('x'))).toBe('committed');
    expect(await visible()).toHaveLength(3);
  });
});

describe('tries', () => {
  const about = { host: MACHINE, pid: 2 ** 22 + 1, started: '', tries: 3 };
  const killed = async (n: number, of = about) => {
    await mkdir(at('out/tries'), { recursive: true });
    await writeFile(at(`out/tries/${shardOf(0).id}.${n}.try.json`), JSON.stringify(of));
  };

  test('of workers that died count, of those that live here do not, and of other machines do', async () => {
    const { attempts } = await Ledger.open(at('out'), plan);
    await killed(1);
    await killed(2, { ...about, pid: process.ppid });
    expect(await attempts.begin(shardOf(0).id, 2)).toBeDefined(); // the third, which runs
    await killed(4, { ...about, host: 'elsewhere' });
    expect(await attempts.begin(shardOf(0).id, 2)).toBeUndefined();
    expect((await attempts.of(shardOf(0).id)).map(({ isRunning }) => isRunning)).toEqual([
      false,
      true,
      true,
      false,
    ]);
    await attempts.forget(shardOf(0).id);
    expect(await attempts.of(shardOf(0).id)).toEqual([]);
  });

  test('a failure keeps its error; an end leaves nothing', async () => {
    const { attempts } = await Ledger.open(at('out'), plan);
    await (await attempts.begin(shardOf(0).id, 3))?.fail(new TypeError('no'));
    await (await attempts.begin(shardOf(0).id, 3))?.end();
    expect(await attempts.of(shardOf(0).id)).toEqual([
      expect.objectContaining({ error: 'TypeError: no', isRunning: false }),
    ]);
  });
});

test('hidden files of processes that are gone are swept, those of others and of other containers of that host stay', async () => {
  await Ledger.open(at('out'), plan);
  const names = [`.a.json.${MACHINE}.${2 ** 22 + 1}.x1.part`, `.b.json.${MACHINE}.${process.ppid}.x1.part`];
  for (const name of [...names, `.c.json.${hostname()}-1.${2 ** 22 + 1}.x1.part`])
    await writeFile(at(join('out', name)), '');
  await Ledger.open(at('out'), plan);
  expect((await readdir(at('out'))).filter((name) => name.startsWith('.'))).toEqual([
    names[1],
    `.c.json.${hostname()}-1.${2 ** 22 + 1}.x1.part`,
  ]);
});

test('a file is written where there is none, and never replaced', async () => {
  expect(await writeIfAbsent(at('file'), Buffer.from('first'))).toBe(true);
  expect(await writeIfAbsent(at('file'), Buffer.from('second'))).toBe(false);
  expect(await readFile(at('file'), 'utf8')).toBe('first');
});

test('a commit that is none is named', async () => {
  const ledger = await Ledger.open(at('out'), plan);
  for (const text of ['', '{}', '{"shard":"other"}', '{"file":"../x"}']) {
    await writeFile(at(`out/${shardOf(0).id}.json`), text);
    await expect(ledger.commitOf(shardOf(0))).rejects.toThrow('is no commit of this shard; delete it');
  }
});
