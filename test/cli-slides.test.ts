// Whole slides on the command line. Judge: the library on the squares that the slide gives.
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BiomedClip, openSlide, readNpy } from '../src/index.ts';
import { readIdentified } from '../src/node/image-identity.ts';
import { cli, tinyModel } from './support/cli-run.ts';
import { slideFile } from './support/golden-slides.ts';

let folder: string;
let slide: string;
let model: { directory: string; options: string[] };
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-slides-'));
  slide = join(folder, 'slide.svs');
  await copyFile(slideFile('aperio-jpeg.svs'), slide);
  model = await tinyModel(folder);
});
afterAll(() => rm(folder, { recursive: true }));

test('a slide that was written anew is read anew', async () => {
  const changing = join(folder, 'changing.svs');
  const square = `${changing}#level=0&x=0&y=0&size=32`;
  const digests: (string | undefined)[] = [];
  for (const name of ['aperio-jpeg.svs', 'deflate.tif']) {
    await copyFile(slideFile(name), changing);
    digests.push((await readIdentified(square)).identity.sha256);
  }
  expect(digests[1]).not.toBe(digests[0]);
});

const embed = (...args: string[]) => cli(['embed', ...args, ...model.options]);

test('embed: squares with tissue, each under its address', async () => {
  const out = join(folder, 'out');
  const { code, stderr } = await embed(
    slide,
    ...'--tile-size 40 --level 0 --tissue otsu'.split(' '),
    '-o',
    out,
  );
  expect(stderr).toContain(`${slide}: 3 squares of 40 pixels of level 0, 0.499 micrometres a pixel`);
  expect(code).toBe(0);
  await using opened = await openSlide(slide);
  const tiles = await opened.tiles({ size: 40 });
  const manifest = JSON.parse(await readFile(join(out, 'manifest.json'), 'utf8'));
  expect(manifest.images.map(({ id }: { id: string }) => id)).toEqual(
    tiles.map(({ x, y }) => `slide.svs#level=0&x=${x}&y=${y}&size=40`),
  );
  await using clip = await BiomedClip.load(model.directory, { adapter: process.env.BIOMEDCLIP_ADAPTER });
  const images = await Promise.all(tiles.map((tile) => opened.readTile(tile)));
  const { images: expected } = await clip.embedBatch({ images });
  expect((await readNpy(join(out, 'images.npy'))).data).toEqual(expected.data);
});

test('an address of a square stands wherever an image does', async () => {
  const one = `${slide}#level=1&x=8&y=4&size=32`;
  const { code, stdout } = await cli(['zero-shot', one, '--labels', 'a,b', '--json', ...model.options]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout).results[0].image).toBe(one);
});

test.each([
  [[], 'a whole slide; say how to cut it'],
  [['--tile-size', '400'], 'no square has enough tissue, or none fits'],
  [['--level', '7'], 'there is no level 7; it has levels 0 to 2'],
  [['--mpp', '0.1'], 'its finest has 0.4990'],
  [['--mpp', '1', '--level', '1'], 'left out beside'],
])('embed slide.svs %j is refused', async (options, message) => {
  const { code, stderr } = await embed(slide, ...options, '-o', join(folder, 'none'));
  expect(stderr).toContain(message);
  expect(code).not.toBe(0);
});

test.each([
  ['level=0&x=8', 'such as level=0&x=512&y=0&size=256'],
  [
    'level=0&x=160&y=0&size=32',
    'there is no tile of 32 pixels at 160, 0 of level 0; the level has 162 x 118 pixels',
  ],
])('the address #%s is refused', async (fragment, message) => {
  const { code, stderr } = await embed(`${slide}#${fragment}`, '-o', join(folder, 'none'));
  expect(stderr).toContain(message);
  expect(code).toBe(1);
});
