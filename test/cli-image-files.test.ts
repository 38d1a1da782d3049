// The judge is the documented order: as given, and a directory's images by name in code units.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ImageNotFoundError } from '../src/image/errors.ts';
import { gatherInputs } from '../src/node/commands/embed-inputs.ts';
import { NoImagesError, UsageError } from '../src/node/errors.ts';
import { listImageFiles } from '../src/node/image-files.ts';

let folder: string;
const at = (...names: string[]) => join(folder, ...names);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'image-files-'));
  for (const name of ['scans', 'more', 'text', 'scans/deeper.png'])
    await mkdir(at(name), { recursive: true });
  const scans = ['b.png', 'B.JPG', 'a10.webp', 'a2.tiff', 'é.gif', '.hidden.png', 'notes.txt', 'c.dcm'];
  for (const name of scans) await writeFile(at('scans', name), '');
  for (const name of ['more/b.png', 'more/x.jpeg', 'text/readme.md', 'odd.bin'])
    await writeFile(at(name), '');
});
afterAll(() => rm(folder, { recursive: true }));

describe('listImageFiles', () => {
  test('a directory: images only, sorted, nothing hidden, nothing below', async () => {
    const files = await listImageFiles([at('scans')]);
    expect(files).toEqual(
      ['B.JPG', 'a10.webp', 'a2.tiff', 'b.png', 'é.gif'].map((name) => ({
        id: name,
        path: at('scans', name),
      })),
    );
  });

  test('files stay in the order given, whatever their ending; URLs are kept', async () => {
    const paths = [at('odd.bin'), 'https://x.org/y/z.png?q', at('more/b.png')];
    expect(await listImageFiles(paths)).toEqual([
      { id: 'odd.bin', path: paths[0] },
      { id: 'z.png?q', path: paths[1] },
      { id: 'b.png', path: paths[2] },
    ]);
  });

  test('files of the same name are told apart by their paths', async () => {
    const files = await listImageFiles([at('more'), at('scans/b.png')]);
    expect(files.map(({ id }) => id)).toEqual([at('more/b.png'), 'x.jpeg', at('scans/b.png')]);
  });

  test('a file that is missing', async () => {
    await expect(listImageFiles([at('no.png')])).rejects.toThrow(ImageNotFoundError);
    const kept = await listImageFiles([at('no.png')], { missing: 'keep' });
    expect(kept).toEqual([{ id: 'no.png', path: at('no.png') }]);
  });

  test('a directory without images', async () => {
    await expect(listImageFiles([at('text')])).rejects.toThrow(NoImagesError);
  });
});

describe('gatherInputs', () => {
  const csv = async (content: string) => {
    await writeFile(at('captions.csv'), content);
    return at('captions.csv');
  };

  test('neither images nor captions', async () => {
    await expect(gatherInputs([], undefined, 'fail')).rejects.toThrow(UsageError);
  });

  test('the images that a CSV names, each once, with the names written there', async () => {
    const captions = await csv('image,caption\nmore/x.jpeg,one\nscans/b.png,two\n./more/x.jpeg,three\n');
    const { images, texts } = await gatherInputs([], captions, 'fail');
    expect(images).toEqual([
      { id: 'more/x.jpeg', path: at('more/x.jpeg') },
      { id: 'scans/b.png', path: at('scans/b.png') },
    ]);
    expect(texts.map(({ id, text }) => [id, text])).toEqual([
      ['more/x.jpeg', 'one'],
      ['scans/b.png', 'two'],
      ['./more/x.jpeg', 'three'],
    ]);
  });

  test('an image that a CSV names and that is missing', async () => {
    const captions = await csv('image,caption\nno.png,one\n');
    await expect(gatherInputs([], captions, 'fail')).rejects.toThrow(ImageNotFoundError);
    expect((await gatherInputs([], captions, 'keep')).images).toEqual([{ id: 'no.png', path: at('no.png') }]);
  });

  test('given images take the id of the row that means them: by path, by name, by name without ending', async () => {
    const byPath = await csv('image,caption\nmore/x.jpeg,one\nelsewhere/b.png,two\n');
    expect((await gatherInputs([at('more')], byPath, 'fail')).images.map(({ id }) => id)).toEqual([
      'elsewhere/b.png',
      'more/x.jpeg',
    ]);
    const byStem = await csv('id,caption\nx,one\nb.png,two\nnobody,three\n');
    expect((await gatherInputs([at('more')], byStem, 'fail')).images.map(({ id }) => id)).toEqual([
      'b.png',
      'x',
    ]);
  });

  test('a name that two images have links neither', async () => {
    const captions = await csv('id,caption\nb,one\n');
    const { images } = await gatherInputs([at('more/b.png'), at('scans/b.png')], captions, 'fail');
    expect(images.map(({ id }) => id)).toEqual([at('more/b.png'), at('scans/b.png')]);
  });
});
