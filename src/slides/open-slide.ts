import { aNumber, checkOptions, oneOf, type Shape } from '../arguments.ts';
import type { ByteSource } from '../platform/files.ts';
import type { DecodeFile } from './blocks.ts';
import { NoSuchTileError, UnsupportedSlideError } from './errors.ts';
import { LevelPixels } from './level-pixels.ts';
import { levelsOf, type StoredLevel } from './levels.ts';
import { overviewOf } from './overview.ts';
import type { Slide, SlideLevel, SlideTile, TileOptions } from './slide.ts';
import { readDirectories } from './tiff-file.ts';
import { tilesOf } from './tiles.ts';
import { type TissueMask, tissueMask } from './tissue.ts';

/**
 * Opens a slide: TIFF or BigTIFF in tiles, such as SVS (Aperio) and OME-TIFF.
 * @param file is closed with the slide
 * @param decodeFile decodes JPEG and WebP files
 * @throws {UnsupportedSlideError} @throws {UnreadableSlideError} @throws {BiomedClipError} of the source
 */
export async function openTiffSlide(file: ByteSource, decodeFile: DecodeFile): Promise<Slide> {
  try {
    await expectTiff(file);
    const { levels, scale } = levelsOf(await readDirectories(file), file.name);
    const pixels = new LevelPixels(file, levels, decodeFile);
    const mask = once(() => maskOf(pixels, levels));
    return {
      name: file.name,
      levels: levels.map(shown),
      ...scale,
      async tiles(options = {}) {
        checkOptions('tiles', 'options', options, TILE_OPTIONS);
        return tilesOf(file.name, levels, options, mask);
      },
      async readTile(tile) {
        expectWithin(tile, levels, file.name);
        const { level, x, y, size } = tile;
        return pixels.read(level, { x, y, width: size, height: size });
      },
      [Symbol.asyncDispose]: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

const TILE_OPTIONS: Shape<TileOptions> = {
  size: aNumber,
  level: aNumber,
  micrometresPerPixel: aNumber,
  stride: aNumber,
  mask: oneOf('otsu', 'none'),
  minTissue: aNumber,
};

const OTHERS: readonly (readonly [name: string, at: number, magic: string])[] = [
  ['CZI (Zeiss)', 0, 'ZISRAWFILE'],
  ['DICOM', 128, 'DICM'],
  ['VMS or VMU (Hamamatsu)', 0, '[Virtual'],
];

/** @throws {UnsupportedSlideError} for what is no TIFF */
async function expectTiff(file: ByteSource): Promise<void> {
  const start = String.fromCharCode(...(await file.read(0, Math.min(132, file.size))));
  if (/^(II[*+]\0|MM\0[*+])/.test(start)) return;
  if (/\.mrxs$/i.test(file.name)) throw new UnsupportedSlideError(file.name, 'MRXS (3DHISTECH)');
  const [name] = OTHERS.find(([, at, magic]) => start.startsWith(magic, at)) ?? ['a file that is no TIFF'];
  throw new UnsupportedSlideError(file.name, name);
}

/** What is public of a level. */
function shown({ width, height, downsample, micrometresPerPixel }: StoredLevel): SlideLevel {
  const level = { width, height, downsample };
  return micrometresPerPixel === undefined ? level : { ...level, micrometresPerPixel };
}

/** A slide without colours has no saturation. */
async function maskOf(pixels: LevelPixels, levels: readonly StoredLevel[]): Promise<TissueMask> {
  const grey = levels.every(({ samples }) => samples < 3);
  return tissueMask(await overviewOf(pixels, levels), grey ? 'darkness' : 'saturation');
}

/** Made at the first call; again after a failure. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}

/** @throws {NoSuchTileError} */
function expectWithin({ level, x, y, size }: SlideTile, levels: readonly StoredLevel[], slide: string): void {
  const stored = levels[level];
  const asked = `tile of ${size} pixels at ${x}, ${y} of level ${level}`;
  if (!stored) throw new NoSuchTileError(slide, asked, `it has levels 0 to ${levels.length - 1}`);
  const whole = [x, y, size].every((value) => Number.isSafeInteger(value) && value >= 0) && size >= 1;
  if (whole && x + size <= stored.width && y + size <= stored.height) return;
  throw new NoSuchTileError(slide, asked, `the level has ${stored.width} x ${stored.height} pixels`);
}
