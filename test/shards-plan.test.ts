// Planning shards: what belongs together stays together, the same inputs give the same ids wherever they lie, and any change of
// inputs, checkpoint or preprocessing gives others. The judges are counts and ids, by hand.
import { cp, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { localDirectorySink } from '../src/node/files.ts';
import { cut, groupsOf, together } from '../src/node/shards/cut.ts';
import { type OpenedPlan, readPlan, readShardRows } from '../src/node/shards/plan.ts';
import { writeSeededModel } from '../weights/seeded.ts';
import { cli, tinyModel, writeImages } from './support/cli-run.ts';

let folder: string;
let model: string;
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shards-plan-'));
  model = (await tinyModel(folder)).directory;
  await writeImages(at('scans'), ['a.png', 'b.png', 'c.png', 'd.png', 'e.png']);
  await writeFile(
    at('scans/captions.csv'),
    'image,caption,label\na.png,one,x\na.png,two,x\nb.png,three,y\nc.png,four,y\nd.png,five,x\n',
  );
});
afterAll(() => rm(folder, { recursive: true }));

/** A plan of `scans`, or what `args` name, two rows a shard. */
async function planned(out: string, args: string[] = [at('scans'), '--captions', at('scans/captions.csv')]) {
  const more = args.includes('-m') ? [] : ['-m', model];
  const { code, stderr } = await cli(['shards', 'plan', ...args, '-o', at(out), '--rows', '2', ...more]);
  expect(`${code} ${stderr.replaceAll(/^warning: .*$/gm, '').trim()}`).toBe('0 ');
  return readPlan(at(out));
}

async function rowsOf(plan: OpenedPlan) {
  const shards = [];
  for (const shard of plan.shards) shards.push(together(await readShardRows(plan, shard)));
  return shards;
}

describe('the cut', () => {
  const text = (id: string) => ({ id, text: id });

  test('what belongs together, also through others, is one group; pairs first, then images, then texts alone', () => {
    const groups = groupsOf({
      images: ['i0', 'i1', 'i2', 'i3'].map((id) => ({ id })),
      texts: ['t0', 't1', 't2', 't3', 't4'].map(text),
      pairs: [
        { image: 3, text: 1 },
        { image: 1, text: 2 },
        { image: 3, text: 3 },
        { image: 1, text: 3 },
      ],
    });
    expect(
      groups.map(({ images, texts }) => [images.map(({ id }) => id), texts.map(({ id }) => id)]),
    ).toEqual([
      [
        ['i3', 'i1'],
        ['t1', 't2', 't3'],
      ],
      [['i0'], []],
      [['i2'], []],
      [[], ['t0']],
      [[], ['t4']],
    ]);
    expect(groups[0]?.pairs).toEqual([
      { image: 0, text: 0 },
      { image: 1, text: 1 },
      { image: 0, text: 2 },
      { image: 1, text: 2 },
    ]);
  });

  test('what has one id is one group', () => {
    const groups = groupsOf({
      images: [{ id: 'a' }, { id: 'b' }],
      texts: ['b', 'c', 'c'].map(text),
      pairs: [],
    });
    expect(groups.map(({ images, texts }) => [...images, ...texts].map(({ id }) => id).join())).toEqual([
      'a',
      'b,b',
      'c,c',
    ]);
  });

  test('at most so many rows a shard, and a larger group alone', () => {
    const group = (images: number, texts: number) => ({
      images: Array(images).fill(''),
      texts: Array(texts).fill(text('')),
    });
    const sizes = cut([group(1, 1), group(1, 2), group(1, 1), group(9, 1), group(0, 1)], 3).map(
      (shard) => shard.length,
    );
    expect(sizes).toEqual([2, 1, 1, 1]);
    expect(cut([], 3)).toEqual([]);
  });
});

test('every image and caption is in one shard, with its pairs', async () => {
  const plan = await planned('plan.json');
  expect(plan).toMatchObject({ images: 5, texts: 5, pairs: 5, list: 'plan.rows.jsonl' });
  const shards = await rowsOf(plan);
  const names = shards.map(({ images, texts, pairs }) => [
    images.map(({ id }) => id).join(),
    texts.map(({ text }) => text).join(),
    pairs.map(({ image, text }) => `${image}-${text}`).join(),
  ]);
  expect(names).toEqual([
    ['a.png', 'one,two', '0-0,0-1'],
    ['b.png,c.png', 'three,four', '0-0,1-1'],
    ['d.png,e.png', 'five', '0-0'],
  ]);
  expect(shards[0]?.images[0]).toMatchObject({ path: 'scans/a.png', size: expect.any(Number) });
  expect(shards[0]?.texts[0]).toEqual({ id: 'a.png', text: 'one', label: 'x' });
  expect(plan.shards.map(({ line, pairs }) => [line, pairs])).toEqual([
    [0, 2],
    [1, 2],
    [3, 1],
  ]);
});

test('the same ids from a copy elsewhere, with --digests; other ids for whatever vectors depend on', async () => {
  const args = (of: string) => [join(of, 'scans'), '--captions', join(of, 'scans/captions.csv'), '--digests'];
  const first = await planned('digests.json', args(folder));
  await cp(at('scans'), at('copy/scans'), { recursive: true });
  const { code } = await cli([
    'shards',
    'plan',
    ...args(at('copy')),
    '-o',
    at('copy/p.json'),
    '--rows',
    '2',
    '-m',
    model,
  ]);
  expect(code).toBe(0);
  expect((await readPlan(at('copy/p.json'))).id).toBe(first.id);

  const other = at('other-model');
  await writeSeededModel(localDirectorySink(other), { preset: 'tiny', seed: 9 });
  const ids = new Set([first.id]);
  const variants = {
    model: [...args(folder), '-m', other],
    dtype: [...args(folder), '--dtype', 'f16'],
    window: [...args(folder), '--window', '0,255'],
    vectors: [...args(folder), '--vectors', 'f16'],
    order: [at('scans/b.png'), at('scans/a.png'), '--digests'],
  };
  for (const [name, variant] of Object.entries(variants)) {
    ids.add((await planned(`variant-${name}.json`, variant)).id);
  }
  expect(ids.size).toBe(1 + Object.keys(variants).length);
});

test('a file written again gives its shard another id, and the others theirs', async () => {
  const before = await planned('before.json');
  await utimes(at('scans/d.png'), new Date(1e12), new Date(1e12));
  const after = await planned('after.json');
  const same = after.shards.map(({ id }, i) => id === before.shards[i]?.id);
  expect(same).toEqual([true, true, false]);
});

test.each([
  ['lines of JSON', ['--captions', 'pairs.jsonl'], 11],
  ['TSV', ['--captions', 'pairs.tsv'], 11],
  ['Parquet', ['hugging-face.parquet'], 11],
  ['a tar', ['gnu.tar'], 11],
])('%s, as embed reads it', async (name, args, pairs) => {
  await cp(new URL('golden/archives', import.meta.url).pathname, at('archives'), { recursive: true });
  const located = args.map((arg) => (arg.startsWith('--') ? arg : join(at('archives'), arg)));
  const plan = await planned(`${name.replaceAll(' ', '-')}.json`, located);
  expect(plan.pairs).toBe(pairs);
  const shards = await rowsOf(plan);
  expect(shards.flatMap(({ pairs }) => pairs)).toHaveLength(pairs);
});

describe('what is refused', () => {
  test('an image that is not there, unless it is to be skipped', async () => {
    await writeFile(at('gone.csv'), 'image,caption\nscans/a.png,one\nscans/gone.png,two\n');
    const args = ['shards', 'plan', '--captions', at('gone.csv'), '-o', at('gone.json'), '-m', model];
    const { code, stderr } = await cli(args);
    expect([code, stderr]).toEqual([1, expect.stringMatching('ImageNotFoundError.*gone.png')]);
    expect((await cli([...args, '--on-error', 'skip'])).code).toBe(0);
    expect((await readPlan(at('gone.json'))).images).toBe(2);
  });

  test('a plan that is there already, or is changed by hand, or of another list', async () => {
    await planned('kept.json');
    const again = await cli(['shards', 'plan', at('scans'), '-o', at('kept.json'), '-m', model]);
    expect(again.stderr).toMatch('OutputExistsError');
    const text = await readFile(at('kept.json'), 'utf8');
    await writeFile(at('changed.json'), text.replace('"f32"', '"f16"'));
    await expect(readPlan(at('changed.json'))).rejects.toThrow('its ids are not those of its content');
    await writeFile(
      at('kept.rows.jsonl'),
      (await readFile(at('kept.rows.jsonl'), 'utf8')).replace('two', '2nd'),
    );
    const plan = await readPlan(at('kept.json'));
    await expect(rowsOf(plan)).rejects.toThrow('is not the list of');
    await rm(at('kept.rows.jsonl'));
    await expect(rowsOf(plan)).rejects.toThrow('kept.rows.jsonl: is missing');
  });

  test.each([
    ['no file', undefined, 'cannot be read'],
    ['no JSON', '{', 'is no JSON'],
    ['another file', '{"a": 1}', 'is no plan of shards'],
    ['another version', '{"format": 99, "recipe": {}, "shards": []}', 'is of another version'],
  ])('%s', async (_, text, message) => {
    if (text !== undefined) await writeFile(at('bad.json'), text);
    await expect(readPlan(at(text === undefined ? 'none.json' : 'bad.json'))).rejects.toThrow(message);
  });
});
