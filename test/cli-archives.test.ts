// The same pairs through every kind of file, by the command line: the judge is the CSV with images beside it. What the files
// hold is golden/archives.py's and archives.mjs's.
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Session } from '../src/node/cli/session.ts';
import { gatherInputs } from '../src/node/commands/embed-inputs.ts';
import { isUnchanged, readIdentified } from '../src/node/image-identity.ts';
import type { Manifest } from '../src/node/manifest.ts';
import { imageName, readPairsOf } from '../src/node/study/pairs.ts';
import { cli, tinyModel } from './support/cli-run.ts';
import { RangeServer } from './support/range-server.ts';

let folder: string;
let options: string[];
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'archives-'));
  await cp(new URL('golden/archives', import.meta.url).pathname, folder, { recursive: true });
  ({ options } = await tinyModel(folder));
});
afterAll(() => rm(folder, { recursive: true }));

async function embedded(name: string, args: string[]) {
  const out = at(`out-${name}`);
  const { code, stderr } = await cli(['embed', ...args, '-o', out, ...options]);
  expect(stderr.replaceAll(/^.*(artificially reduced|model is untrained).*$/gm, '').trim(), name).toBe('');
  expect(code, name).toBe(0);
  const manifest = JSON.parse(await readFile(join(out, 'manifest.json'), 'utf8')) as Manifest;
  const gap = JSON.parse((await cli(['gap', out, '--json', ...options.slice(2)])).stdout) as object;
  return {
    manifest,
    images: await readFile(join(out, 'images.npy')),
    texts: await readFile(join(out, 'texts.npy')),
    gap: { ...gap, out: '', provenance: undefined, images: '', texts: '' },
  };
}

test('one pair set: the same rows and the same gap from CSV, TSV, JSON lines, Parquet and tar', async () => {
  const csv = await embedded('csv', ['--captions', at('pairs.csv')]);
  expect(csv.manifest.pairs).toBe(11);
  const others = {
    tsv: ['--captions', at('pairs.tsv')],
    jsonl: ['--captions', at('pairs.jsonl')],
    parquet: [at('hugging-face.parquet')],
    bytes: [at('bytes.parquet')],
    paths: ['--captions', at('paths.parquet'), '--caption-column', 'findings.report'],
    tar: [at('gnu.tar')],
    gz: ['--captions', at('ustar.tar.gz')],
  };
  for (const [name, args] of Object.entries(others)) {
    const { images, texts, gap, manifest } = await embedded(name, args);
    expect(images.equals(csv.images), name).toBe(true);
    expect(texts.equals(csv.texts), name).toBe(true);
    expect(gap, name).toEqual(csv.gap);
    const facts = (rows: Manifest['texts']) =>
      rows.map(({ caption, label, group }) => ({ caption, label, group }));
    expect(facts(manifest.texts), name).toEqual(facts(csv.manifest.texts));
    const digests = ({ images }: Manifest) => images.map(({ sha256 }) => sha256);
    expect(digests(manifest), name).toEqual(digests(csv.manifest));
  }
  const { images } = JSON.parse(await readFile(at('out-parquet/manifest.json'), 'utf8')) as Manifest;
  expect(images[4]).toMatchObject({ id: '02.png', path: `${at('hugging-face.parquet')}#2` });
});

describe('inputs of embed', () => {
  const gathered = (...args: Parameters<typeof gatherInputs>) => gatherInputs(...args);

  test('an archive, images beside it, and captions of another file', async () => {
    const both = await gathered([at('gnu.tar'), at('images/00.png')], undefined, {});
    expect([both.images.length, both.texts.length, both.pairs.length]).toEqual([9, 11, 11]);
    const other = await gathered([at('gnu.tar')], at('pairs.csv'), {});
    expect([other.images.length, other.texts.length, other.pairs.length]).toEqual([8, 11, 11]);
    expect(other.images[0]).toMatchObject({ id: 'images/00.png', path: `${at('gnu.tar')}#00.png` });
    const listed = await gathered([at('images')], at('hugging-face.parquet'), {});
    expect([listed.images.length, listed.pairs.length]).toEqual([8, 11]);
    expect(listed.images[0]).toEqual({ id: '00.png', path: at('images/00.png') });
  });

  test('shards by a pattern, whose ids may not be the same', async () => {
    await cp(at('gnu.tar'), at('shard-09.tar'));
    await cp(at('gnu.tar'), at('shard-10.tar'));
    for (const pattern of ['shard-*.tar', 'shard-{09..10}.tar']) {
      await expect(gathered([at(pattern)], undefined, {})).rejects.toThrow(
        `${at('shard-10.tar')}: has the id "00" of ${at('shard-09.tar')}, which is another item`,
      );
    }
  });

  test('folders in a tar are classes', async () => {
    const { images } = await gathered([at('gnu.tar')], undefined, {}, { labelFrom: 'folder' });
    expect(images.map(({ label }) => label?.slice(0, 8))).toEqual([...Array(6), 'a folder', undefined]);
  });

  test('an address, its stamp, and what changed', async () => {
    const address = `${at('gnu.tar')}#00.png`;
    const { content, identity } = await readIdentified(address);
    expect(content).toEqual(new Uint8Array(await readFile(at('images/00.png'))));
    expect(await isUnchanged(address, identity)).toBe(true);
    expect(await isUnchanged(`${at('gnu.tar')}#01.png`, { sha256: identity.sha256 })).toBe(false);
  });
});

test('over HTTP by Range requests, where that is allowed', async () => {
  const server = new RangeServer();
  await server.start();
  for (const name of ['gnu.tar', 'hugging-face.parquet']) {
    server.files.set(name, new Uint8Array(await readFile(at(name))));
    const refused = await cli(['embed', server.url + name, '-o', at('refused'), ...options]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('--allow-urls');
    const { images, manifest } = await embedded(`url-${name.replace('.', '-')}`, [
      server.url + name,
      '--allow-urls',
    ]);
    expect(images.equals(await readFile(at('out-csv/images.npy')))).toBe(true);
    expect(manifest.images[0]?.path).toMatch(new RegExp(`^http.*/${name}#0`));
  }
  await server.stop();
});

test('pairs of a study, from Parquet and from a tar', async () => {
  const session = { io: {}, signal: new AbortController().signal } as Session; // files alone are read
  const { pairs: csv } = await readPairsOf(at('pairs.csv'), session);
  for (const name of ['hugging-face.parquet', 'gnu.tar']) {
    const { pairs, notes } = await readPairsOf(at(name), session);
    const facts = (all: typeof pairs) => all.map(({ caption, label, group }) => ({ caption, label, group }));
    expect(facts(pairs)).toEqual(facts(csv));
    expect(notes).toEqual([]);
  }
  const [first] = (await readPairsOf(at('gnu.tar'), session, { first: 1 })).pairs;
  expect(first).toMatchObject({ id: '00', path: `${at('gnu.tar')}#00.png` });
  expect(first && imageName(first)).toBe('00');
});
