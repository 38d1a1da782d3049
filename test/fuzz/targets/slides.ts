import { decodeImage } from '../../../src/node/decode-image.ts';
import { memorySource } from '../../../src/platform/given-file.ts';
import { levelsOf } from '../../../src/slides/levels.ts';
import { openTiffSlide } from '../../../src/slides/open-slide.ts';
import { readDirectories } from '../../../src/slides/tiff-file.ts';
import { golden } from '../seeds.ts';
import { answer, expectSame, expectThat, type Target } from '../target.ts';

/** Squares to read of a level, and between those that are looked for. Unit: pixels. */
const SIDE = 8;
const STRIDE = 64;
/** Levels of more pixels, and of larger blocks, are not read: a few bytes may rightly say them. */
const MOST_PIXELS = 1 << 20;

const seeds = golden('slides', /\.(?:tif|svs)$/, 22_000);
const words = [
  'II*\0',
  'MM\0*',
  'II+\0\x08\0\0\0',
  '\x42\x01\x03\0\x01\0\0\0', // the tile's width
  '\x44\x01\x04\0',
  '\x45\x01\x04\0',
  '\x4a\x01\x04\0', // directories of its own
  '\x03\x01\x03\0\x01\0\0\0\x07\0',
  '\x03\x01\x03\0\x01\0\0\0\x05\0',
  'Aperio',
  'MPP = 0.5|',
];

const directories: Target = {
  name: 'slide-directories',
  seeds,
  words,
  cases: 1500,
  async read(bytes) {
    const { levels, scale } = levelsOf(await readDirectories(memorySource('slide.tif', bytes)), 'slide.tif');
    expectThat(levels.length > 0, 'a slide without a level');
    for (const { width, height, downsample } of levels)
      expectThat(width >= 1 && height >= 1 && downsample > 0, `${width} x ${height}, ${downsample}`);
    const { micrometresPerPixel = 1, objectivePower = 1 } = scale;
    expectThat(micrometresPerPixel > 0 && objectivePower > 0, JSON.stringify(scale));
  },
};

/** The squares with tissue, and the pixels of each level's first and last square. */
const pixels: Target = {
  name: 'slide-pixels',
  seeds,
  words,
  cases: 200,
  memory: (length) => (512 << 20) + 64 * length,
  async read(bytes) {
    const file = memorySource('slide.tif', bytes);
    const stored = levelsOf(await readDirectories(file), file.name).levels;
    const sizes = stored.map(({ width, height, blockWidth, blockHeight }) =>
      Math.max(width * height, blockWidth * blockHeight),
    );
    if (Math.max(...sizes) > MOST_PIXELS) return;
    await using slide = await openTiffSlide(file, decodeImage);
    for (const [level, { width, height }] of slide.levels.entries()) {
      const size = Math.min(SIDE, width, height);
      for (const [x, y] of [[0, 0] as const, [width - size, height - size] as const]) {
        const read = () => answer(async () => (await slide.readTile({ level, x, y, size })).data);
        const data = await read();
        expectSame(await read(), data, 'read twice');
        expectThat(typeof data === 'string' || (data as Uint8Array).length === 4 * size * size, 'its length');
      }
    }
    for (const { tissue = Number.NaN } of await slide.tiles({ size: SIDE, stride: STRIDE }))
      expectThat(tissue >= 0.5 && tissue <= 1, `tissue of ${tissue}`);
  },
};

export const slides: readonly Target[] = [directories, pixels];
