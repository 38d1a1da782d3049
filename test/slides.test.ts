import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openSlide } from '../src/index.ts';
import { decodeImage } from '../src/node/decode-image.ts';
import { memorySource } from '../src/platform/given-file.ts';
import { LevelPixels } from '../src/slides/level-pixels.ts';
import { levelsOf } from '../src/slides/levels.ts';
import { scaleOf } from '../src/slides/metadata.ts';
import { openTiffSlide } from '../src/slides/open-slide.ts';
import { overviewOf } from '../src/slides/overview.ts';
import { readDirectories } from '../src/slides/tiff-file.ts';
import { otsuThreshold, tissueMask, tissueShare } from '../src/slides/tissue.ts';
import { type GoldenTissue, goldenSlides, slideFile } from './support/golden-slides.ts';
import { RangeServer } from './support/range-server.ts';

// Judges: OpenSlide for JPEG and JPEG 2000, tifffile for lossless compression, NumPy for tissue, by golden/slides.py.

const sha256 = (bytes: Uint8Array | Uint8ClampedArray) => createHash('sha256').update(bytes).digest('hex');
const bytesOf = (file: string) => new Uint8Array(readFileSync(slideFile(file)));
const opened = (name: string, bytes: Uint8Array) => openTiffSlide(memorySource(name, bytes), decodeImage);

/** Tissue of squares as the judge lists it. */
const listed = (tiles: readonly { x: number; y: number; tissue?: number }[]): GoldenTissue =>
  tiles.map(({ x, y, tissue = Number.NaN }) => [x, y, tissue]);

describe.each(goldenSlides)('$file', (golden) => {
  test('levels and scale', async () => {
    await using slide = await openSlide(slideFile(golden.file));
    const { micrometresPerPixel, objectivePower, levels } = slide;
    expect({ micrometresPerPixel, objectivePower }).toEqual({
      micrometresPerPixel: golden.micrometresPerPixel,
      objectivePower: golden.objectivePower,
    });
    expect(levels.map(({ width, height, downsample }) => ({ width, height, downsample }))).toEqual(
      golden.levels,
    );
    for (const level of levels) {
      expect(level.micrometresPerPixel).toBe(micrometresPerPixel && micrometresPerPixel * level.downsample);
    }
  });

  test('pixels', async () => {
    await using slide = await openSlide(slideFile(golden.file));
    for (const { sha256: expected, ...tile } of golden.tiles) {
      const { width, height, data } = await slide.readTile(tile);
      expect([width, height]).toEqual([tile.size, tile.size]);
      expect(sha256(data), JSON.stringify(tile)).toBe(expected);
    }
  });

  test('tissue', async () => {
    await using slide = await openSlide(slideFile(golden.file));
    const all = await slide.tiles({ size: 40, stride: 20, minTissue: 0 });
    expect(listed(all)).toEqual(golden.tissue);
    const some = await slide.tiles({ size: 40, stride: 20 });
    expect(some).toEqual(all.filter(({ tissue = 0 }) => tissue >= 0.5));
    expect(some.length).toBeGreaterThan(0);
    expect(some.length).toBeLessThan(all.length);
  });
});

describe('tissue on a coarse level', () => {
  test('in means of squares', async () => {
    const file = memorySource('deflate.tif', bytesOf('deflate.tif'));
    const { levels } = levelsOf(await readDirectories(file), file.name);
    const overview = await overviewOf(new LevelPixels(file, levels, decodeImage), levels, 60);
    expect(Math.max(overview.width, overview.height)).toBeLessThanOrEqual(60);
    const mask = tissueMask(overview, 'saturation');
    const { tissueOfLevel1: expected = [] } = goldenSlides.find(({ file }) => file === 'deflate.tif') ?? {};
    const [{ width, height } = { width: 0, height: 0 }] = levels;
    expect(expected.length).toBeGreaterThan(5);
    for (const [x, y, share] of expected) {
      const box = [x / width, y / height, (x + 50) / width, (y + 50) / height] as const;
      expect(tissueShare(mask, box)).toBe(share);
    }
  });

  test('Otsu’s threshold parts two heaps, and what is all equal not at all', () => {
    expect(otsuThreshold(Uint8Array.of(1, 2, 3, 200, 201, 203))).toBe(3);
    expect(otsuThreshold(new Uint8Array(9).fill(7))).toBe(255);
  });
});

describe('squares', () => {
  test('cover the level, with a stride, without those over its edges', async () => {
    await using slide = await openSlide(slideFile('aperio-jpeg.svs')); // 162 x 118
    const tiles = await slide.tiles({ size: 64, stride: 32, mask: 'none' });
    expect(tiles).toHaveLength(4 * 2);
    expect(tiles.slice(3, 5)).toEqual([
      { level: 0, x: 96, y: 0, size: 64 },
      { level: 0, x: 0, y: 32, size: 64 },
    ]);
    expect(await slide.tiles({ mask: 'none' })).toEqual([]); // none of 256 pixels fits
  });

  test.each([
    [0.499, 0],
    [0.98, 1],
    [1, 1],
    [1.9, 1],
    [2.01, 2],
    [40, 2],
  ])('a level for %f micrometres: %i', async (micrometresPerPixel, level) => {
    await using slide = await openSlide(slideFile('aperio-jpeg.svs')); // .499, .998 and 2.02
    const tiles = await slide.tiles({ size: 8, micrometresPerPixel, mask: 'none' });
    expect(new Set(tiles.map((tile) => tile.level))).toEqual(new Set([level]));
  });

  test.each([
    [{ micrometresPerPixel: 0.25 }, 'NoSuchTileError', 'its finest has 0.4990'],
    [{ level: 3 }, 'NoSuchTileError', 'it has levels 0 to 2'],
    [{ level: 0, micrometresPerPixel: 1 }, 'InvalidOptionError', 'left out beside micrometresPerPixel'],
    [{ size: 0 }, 'InvalidOptionError', 'size must be an integer of at least 1'],
    [{ stride: 2.5 }, 'InvalidOptionError', 'stride must be'],
    [{ minTissue: 2 }, 'InvalidOptionError', 'minTissue must be from 0 to 1'],
    [{ mask: 'all' as 'none' }, 'InvalidOptionError', "mask must be 'otsu' or 'none'"],
    [{ sise: 3 } as object, 'UnknownOptionError', 'size'],
  ])('are refused: %o', async (options, name, message) => {
    await using slide = await openSlide(slideFile('aperio-jpeg.svs'));
    const error = await slide.tiles(options).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name });
    expect(String(error)).toContain(message);
  });

  test('a scale that the file does not say', async () => {
    await using slide = await openSlide(slideFile('grey.tif'));
    await expect(slide.tiles({ micrometresPerPixel: 1 })).rejects.toThrow(
      'does not say how large its pixels are',
    );
  });

  test.each([
    [{ level: 5, x: 0, y: 0, size: 8 }],
    [{ level: 0, x: 155, y: 0, size: 8 }],
    [{ level: 0, x: -1, y: 0, size: 8 }],
    [{ level: 0, x: 0.5, y: 0, size: 8 }],
    [{ level: 0, x: 0, y: 0, size: 0 }],
  ])('that there are not: %o', async (tile) => {
    await using slide = await openSlide(slideFile('deflate.tif'));
    await expect(slide.readTile(tile)).rejects.toMatchObject({ name: 'NoSuchTileError' });
  });
});

describe('sources', () => {
  const server = new RangeServer();
  beforeAll(() => server.start());
  afterAll(() => server.stop());

  test('a URL, of which only what is needed is fetched; a Blob', async () => {
    const bytes = bytesOf('aperio-jpeg.svs');
    server.files.set('slide.svs', bytes);
    const [golden] = goldenSlides.filter(({ file }) => file === 'aperio-jpeg.svs');
    const [tile] = golden?.tiles ?? [];
    if (!tile) throw new Error('no tile');
    await using far = await openSlide(`${server.url}slide.svs`);
    server.takeRequests('slide.svs');
    expect(sha256((await far.readTile(tile)).data)).toBe(tile.sha256);
    const requests = server.takeRequests('slide.svs');
    expect(requests).toHaveLength(1); // of one block
    expect(requests[0] && requests[0].end - requests[0].start).toBeLessThan(3000);
    await using near = await openSlide(new Blob([bytes]));
    expect(sha256((await near.readTile(tile)).data)).toBe(tile.sha256);
  });

  test('blocks are decoded once while they are kept', async () => {
    const decode = vi.fn(decodeImage);
    await using slide = await openTiffSlide(memorySource('x.svs', bytesOf('aperio-jpeg.svs')), decode);
    for (const x of [0, 8, 16, 32]) await slide.readTile({ level: 0, x, y: 0, size: 16 });
    expect(decode).toHaveBeenCalledTimes(1);
  });
});

/** A tag's value in the first directory of a little-endian classic TIFF, replaced. */
function withTag(file: string, tag: number, value: number): Uint8Array {
  const bytes = bytesOf(file);
  const view = new DataView(bytes.buffer);
  const at = view.getUint32(4, true);
  for (let i = 0; i < view.getUint16(at, true); i++) {
    const entry = at + 2 + 12 * i;
    if (view.getUint16(entry, true) === tag) view.setUint32(entry + 8, value, true);
  }
  return bytes;
}

/** As many values of a tag in the first directory. */
function withCount(file: string, tag: number, count: number): Uint8Array {
  const bytes = bytesOf(file);
  const view = new DataView(bytes.buffer);
  const at = view.getUint32(4, true);
  for (let i = 0; i < view.getUint16(at, true); i++) {
    const entry = at + 2 + 12 * i;
    if (view.getUint16(entry, true) === tag) view.setUint32(entry + 4, count, true);
  }
  return bytes;
}

/** A thousand directories of one tag, whose 70,000 bytes are the same in all. */
function sharedValues(): Uint8Array {
  const [count, directory, values] = [1000, 2 + 12 + 4, 70_000];
  const bytes = new Uint8Array(8 + count * directory + values);
  const view = new DataView(bytes.buffer);
  bytes.set([0x49, 0x49, 42, 0, 8]);
  for (let i = 0; i < count; i++) {
    const at = 8 + i * directory;
    view.setUint16(at, 1, true);
    view.setUint16(at + 2, 270, true);
    view.setUint16(at + 4, 1, true); // bytes
    view.setUint32(at + 6, values, true);
    view.setUint32(at + 10, 8 + count * directory, true);
    view.setUint32(at + 14, i + 1 < count ? at + directory : 0, true);
  }
  return bytes;
}

const text = (content: string) => new Uint8Array(Buffer.from(content.padEnd(200), 'latin1'));

describe('refused', () => {
  test.each<[string, Uint8Array, string]>([
    ['x.czi', text('ZISRAWFILE'), 'CZI (Zeiss) is not read'],
    ['x.mrxs', text('\xff\xd8\xff'), 'MRXS (3DHISTECH) is not read'],
    ['x.vms', text('[Virtual Microscope'), 'VMS or VMU (Hamamatsu)'],
    ['x.png', text('\x89PNG'), 'a file that is no TIFF is not read'],
    ['empty.svs', new Uint8Array(), 'a file that is no TIFF'],
    ['x.tif', replaced('aperio-jpeg-rgb.svs', 'Aperio Image', '<iScan mag=4'), 'BIF (Ventana)'],
    ['x.tif', withTag('deflate.tif', 259, 34_887), 'compression 34887 of TIFF'],
    ['x.tif', withTag('deflate.tif', 262, 5), 'photometric interpretation 5'],
    ['x.tif', withTag('deflate.tif', 277, 9), '9 samples'],
    ['x.tif', replaced('pyramid.ome.tif', 'SizeC="3"', 'SizeC="5"'), 'OME-TIFF of 5 channels'],
    ['x.tif', replaced('pyramid.ome.tif', 'SizeZ="1"', 'SizeZ="7"'), 'OME-TIFF of several planes'],
  ])('%s: %#', async (name, bytes, message) => {
    const error = await readAll(name, bytes).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'UnsupportedSlideError', slide: name });
    expect(String(error)).toContain(message);
  });

  test.each<[string, Uint8Array]>([
    ['an end within the directories', bytesOf('aperio-jpeg.svs').subarray(0, 3000)],
    ['an end within the blocks', bytesOf('jpeg-tables.tif').subarray(0, 9000)],
    ['a directory beyond the end', withFirstDirectory(10_000_000)],
    ['no directory', withFirstDirectory(0)],
    ['values that a thousand directories share', sharedValues()],
    ['no width', withTag('deflate.tif', 256, 0)],
    ['a width of which not all blocks are there', withTag('deflate.tif', 256, 60_000)],
    ['blocks beyond reason', withTag('deflate.tif', 322, 65_000)],
    ['blocks of another size', withTag('aperio-jpeg.svs', 322, 64)],
    ['damaged blocks', damaged('deflate.tif')],
    ['damaged JPEGs', damaged('aperio-jpeg.svs')],
    ['damaged JPEG 2000', damaged('aperio-jp2-rgb.svs')],
  ])('damage: %s', async (_, bytes) => {
    await expect(readAll('x.tif', bytes)).rejects.toMatchObject({
      name: 'UnreadableSlideError',
      slide: 'x.tif',
    });
  });
});

test('more values of a tag than the file has are refused before memory is taken for them', async () => {
  const bytes = withCount('deflate.tif', 324, 2 ** 27);
  await expect(readAll('x.tif', bytes)).rejects.toThrow(/values of a tag end at \d+ of 8117 bytes/);
});

/** Opens a slide and reads all of its finest level. */
async function readAll(name: string, bytes: Uint8Array): Promise<void> {
  await using slide = await opened(name, bytes);
  for (const tile of await slide.tiles({ size: 8, mask: 'none' })) await slide.readTile(tile);
}

function replaced(file: string, from: string, to: string): Uint8Array {
  const bytes = bytesOf(file);
  const at = Buffer.from(bytes).indexOf(from);
  if (at < 0) throw new Error(`${file} has no ${from}`);
  bytes.set(Buffer.from(to), at);
  return bytes;
}

function withFirstDirectory(at: number): Uint8Array {
  const bytes = bytesOf('deflate.tif');
  new DataView(bytes.buffer).setUint32(4, at, true);
  return bytes;
}

/** The first block's bytes replaced. */
function damaged(file: string): Uint8Array {
  const bytes = bytesOf(file);
  const view = new DataView(bytes.buffer);
  const directory = view.getUint32(4, true);
  for (let i = 0; i < view.getUint16(directory, true); i++) {
    const entry = directory + 2 + 12 * i;
    if (view.getUint16(entry, true) === 324) {
      const block = view.getUint32(view.getUint32(entry + 8, true), true);
      bytes.fill(0x55, block, block + 40);
    }
  }
  return bytes;
}

describe('the scale in descriptions', () => {
  const none = { xResolution: [], unit: undefined };
  test.each([
    ['Aperio x|AppMag = 40|MPP = 0.2520', none, { micrometresPerPixel: 0.252, objectivePower: 40 }],
    ['Aperio x', none, {}],
    ['', { xResolution: [72, 1], unit: 2 }, {}],
    ['', { xResolution: [101_600, 1], unit: 2 }, { micrometresPerPixel: 0.25 }],
    ['', { xResolution: [40_000, 2], unit: 3 }, { micrometresPerPixel: 0.5 }],
    ['', { xResolution: [0, 0], unit: 3 }, {}],
    [
      '<OME xmlns="x"><Objective ID="a" NominalMagnification="20"/><Pixels SizeC="3" PhysicalSizeX="0.5"/></OME>',
      none,
      { micrometresPerPixel: 0.5, objectivePower: 20 },
    ],
    [
      '<ome:OME xmlns:ome="x"><ome:Pixels PhysicalSizeX="5e-4" PhysicalSizeXUnit="mm"/></ome:OME>',
      none,
      { micrometresPerPixel: 0.5 },
    ],
    ['<OME ><Pixels PhysicalSizeX="5" PhysicalSizeXUnit="pixel"/></OME>', none, {}],
  ])('%s %o', (description, tags, scale) => {
    expect(scaleOf(description, tags)).toEqual(scale);
  });
});
