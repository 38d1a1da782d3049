// The judge is the documented order: as given, and a directory's images by name, numbers in it counted.
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
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
  const scans = ['b.png', 'B.JPG', 'a10.webp', 'a2.tiff', 'é.gif', '.hidden.png', 'notes.txt', 'c.doc'];
  for (const name of scans) await writeFile(at('scans', name), '');
  for (const name of ['more/b.png', 'more/x.jpeg', 'text/readme.md', 'odd.bin'])
    await writeFile(at(name), '');
});
afterAll(() => rm(folder, { recursive: true }));

describe('listImageFiles', () => {
  test('a directory: images only, sorted, nothing hidden, nothing below', async () => {
    const { files, notes } = await listImageFiles([at('scans')]);
    expect(files).toEqual(
      ['B.JPG', 'a2.tiff', 'a10.webp', 'b.png', 'é.gif'].map((name) => ({
        id: name,
        path: at('scans', name),
      })),
    );
    expect(notes).toEqual([
      `${at('scans')}: left out, being no images: 1 .doc, 1 .txt`,
      `${at('scans')}: not looked into: 1 folder (deeper.png); --recursive does`,
    ]);
  });

  test('DICOM files as scanners name them, by their first bytes; not the directory of a disc', async () => {
    await mkdir(at('disc'));
    const dicom = Buffer.alloc(132);
    dicom.write('DICM', 128);
    for (const name of ['IM0001', '1.2.840.10008.5', 'DICOMDIR']) await writeFile(at('disc', name), dicom);
    for (const name of ['README', '1.2.3']) await writeFile(at('disc', name), 'DICM');
    const { files, notes } = await listImageFiles([at('disc')]);
    expect(files.map(({ id }) => id)).toEqual(['1.2.840.10008.5', 'IM0001']);
    expect(notes).toEqual([`${at('disc')}: left out, being no images: 1 .3, 2 no ending`]);
  });

  test('--recursive: folders inside folders, in the place of their name; links to folders are named', async () => {
    await mkdir(at('tree/2/inner'), { recursive: true });
    await mkdir(at('tree/10'));
    for (const name of ['tree/2/b.png', 'tree/2/inner/a.png', 'tree/10/b.png', 'tree/1.png', 'tree/2/x.md'])
      await writeFile(at(name), '');
    await symlink(at('tree'), at('tree/10/round'));
    const { files, notes } = await listImageFiles([at('tree')], { recursive: true });
    expect(files.map(({ path }) => path)).toEqual(
      ['1.png', '2/b.png', '2/inner/a.png', '10/b.png'].map((name) => at('tree', name)),
    );
    expect(files.map(({ id }) => id)).toEqual(['1.png', at('tree/2/b.png'), 'a.png', at('tree/10/b.png')]);
    expect(notes).toEqual([
      `${at('tree')}: left out, being no images: 1 .md`,
      `${at('tree')}: not looked into: 1 folder (round); --recursive does`,
    ]);
  });

  test('a file that is given twice is there twice', async () => {
    const paths = [at('odd.bin'), at('odd.bin')];
    expect((await listImageFiles(paths)).files.map(({ path }) => path)).toEqual(paths);
  });

  test('files stay in the order given, whatever their ending; URLs are kept', async () => {
    const paths = [at('odd.bin'), 'https://x.org/y/z.png?q', at('more/b.png')];
    expect((await listImageFiles(paths)).files).toEqual([
      { id: 'odd.bin', path: paths[0] },
      { id: 'z.png?q', path: paths[1] },
      { id: 'b.png', path: paths[2] },
    ]);
  });

  test('files of the same name are told apart by their paths', async () => {
    const { files } = await listImageFiles([at('more'), at('scans/b.png')]);
    expect(files.map(({ id }) => id)).toEqual([at('more/b.png'), 'x.jpeg', at('scans/b.png')]);
  });

  test('a file that is missing', async () => {
    await expect(listImageFiles([at('no.png')])).rejects.toThrow(ImageNotFoundError);
    const kept = await listImageFiles([at('no.png')], { missing: 'keep' });
    expect(kept.files).toEqual([{ id: 'no.png', path: at('no.png') }]);
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
    await expect(gatherInputs([], undefined, {})).rejects.toThrow(UsageError);
  });

  test('the images that a CSV names, each once, with the names written there', async () => {
    const captions = await csv('image,caption\nmore/x.jpeg,one\nscans/b.png,two\n./more/x.jpeg,three\n');
    const { images, texts, pairs } = await gatherInputs([], captions, {});
    expect(images).toEqual([
      { id: 'more/x.jpeg', path: at('more/x.jpeg') },
      { id: 'scans/b.png', path: at('scans/b.png') },
    ]);
    expect(pairs.map(({ image, id }) => [image, id])).toEqual([
      [0, 'more/x.jpeg'],
      [1, 'scans/b.png'],
      [0, 'more/x.jpeg'],
    ]);
    expect(texts.map(({ id, text }) => [id, text])).toEqual([
      ['more/x.jpeg', 'one'],
      ['scans/b.png', 'two'],
      ['./more/x.jpeg', 'three'],
    ]);
  });

  test('an image that a CSV names and that is missing', async () => {
    const captions = await csv('image,caption\nno.png,one\n');
    await expect(gatherInputs([], captions, {})).rejects.toThrow(ImageNotFoundError);
    expect((await gatherInputs([], captions, { missing: 'keep' })).images).toEqual([
      { id: 'no.png', path: at('no.png') },
    ]);
  });

  test('a row belongs to the image that it means: by path, by name, by name without ending; in the rows’ order', async () => {
    const byPath = await csv('image,caption\nmore/x.jpeg,one\nelsewhere/b.png,two\nmore/x.jpeg,three\n');
    expect((await gatherInputs([at('more')], byPath, {})).pairs).toEqual([
      { image: 1, text: 0, id: 'more/x.jpeg' },
      { image: 0, text: 1, id: 'elsewhere/b.png' },
      { image: 1, text: 2, id: 'more/x.jpeg' },
    ]);
    const byStem = await csv('id,caption\nx,one\nb.png,two\nnobody,three\n');
    const { pairs, notes } = await gatherInputs([at('more')], byStem, {});
    expect(pairs).toEqual([
      { image: 1, text: 0, id: 'x' },
      { image: 0, text: 1, id: 'b.png' },
    ]);
    expect(notes).toEqual([`${byStem}: no image, or several, for 1 row (nobody)`]);
  });

  test('a name that two images have belongs to neither', async () => {
    const captions = await csv('id,caption\nb,one\n');
    const paths = [at('more/b.png'), at('scans/b.png')];
    const { pairs, notes } = await gatherInputs(paths, captions, {});
    expect(pairs).toEqual([]);
    expect(notes).toEqual([
      `${captions}: no row for 2 images (${paths.join(', ')})`,
      `${captions}: no image, or several, for 1 row (b)`,
    ]);
  });

  test('--label-from folder and --group-from folder, of captions that of their image', async () => {
    await mkdir(at('classes/lung'), { recursive: true });
    await mkdir(at('classes/skin'));
    for (const name of ['classes/lung/1.png', 'classes/skin/2.png', 'classes/skin/3.png'])
      await writeFile(at(name), '');
    await writeFile(at('classes/reports.tsv'), 'id\treport\n2\ta\n1\tb\n9\tc\n');
    const { images, texts, notes } = await gatherInputs(
      [at('classes')],
      at('classes/reports.tsv'),
      { recursive: true },
      { labelFrom: 'folder', groupFrom: 'folder' },
    );
    expect(images.map(({ id, label, group }) => [id, label, group])).toEqual([
      ['1', 'lung', 'lung'],
      ['2', 'skin', 'skin'],
      ['3.png', 'skin', 'skin'],
    ]);
    expect(texts.map(({ text, label }) => [text, label])).toEqual([
      ['a', 'skin'],
      ['b', 'lung'],
      ['c', undefined],
    ]);
    expect(notes.slice(1)).toEqual([
      `${at('classes/reports.tsv')}: no row for 1 image (3.png)`,
      `${at('classes/reports.tsv')}: no image, or several, for 1 row (9)`,
    ]);
  });

  test('the lines of a text file belong to as many images in their order, whatever these are called', async () => {
    await mkdir(at('numbered'), { recursive: true });
    for (const name of ['1.png', '2.png', '10.png']) await writeFile(at('numbered', name), '');
    await writeFile(at('lines.txt'), 'one\ntwo\nten\n');
    const { pairs, notes } = await gatherInputs([at('numbered')], at('lines.txt'), {});
    expect(pairs).toEqual([
      { image: 0, text: 0, id: '1.png' },
      { image: 1, text: 1, id: '2.png' },
      { image: 2, text: 2, id: '10.png' },
    ]);
    expect(notes).toEqual([
      expect.stringContaining('each line is taken for the caption of the image in its place'),
    ]);
    const fewer = await gatherInputs([at('numbered/1.png')], at('lines.txt'), {});
    expect(fewer.pairs).toEqual([]);
    expect(fewer.notes).toEqual([expect.stringContaining('3 lines and 1 images are not pairs')]);
  });
});
