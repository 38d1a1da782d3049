import { InvalidOptionError } from '../errors.ts';
import { NoSuchTileError } from './errors.ts';
import type { StoredLevel } from './levels.ts';
import type { TileOptions, TissueTile } from './slide.ts';
import { type TissueMask, tissueShare } from './tissue.ts';

/** A level whose pixels are so much larger than asked for still counts: scanners are off by less. */
const TOLERANCE = 1.05;

/**
 * The squares of a level, row by row: see `Slide.tiles`.
 * @param mask is asked for where tissue is looked for
 * @throws {NoSuchTileError} @throws {InvalidOptionError}
 */
export async function tilesOf(
  slide: string,
  levels: readonly StoredLevel[],
  options: TileOptions,
  mask: () => Promise<TissueMask>,
): Promise<TissueTile[]> {
  const { size = 256, stride = size, minTissue = 0.5 } = options;
  expectCount('size', size);
  expectCount('stride', stride);
  if (!(minTissue >= 0 && minTissue <= 1))
    throw new InvalidOptionError('minTissue', 'from 0 to 1', minTissue);
  const index = levelFor(slide, levels, options);
  const { width, height } = levels[index] ?? { width: 0, height: 0 };
  const tissue = options.mask === 'none' ? undefined : await mask();
  const tiles: TissueTile[] = [];
  for (let y = 0; y + size <= height; y += stride) {
    for (let x = 0; x + size <= width; x += stride) {
      const tile = { level: index, x, y, size };
      if (!tissue) tiles.push(tile);
      else {
        const share = tissueShare(tissue, [x / width, y / height, (x + size) / width, (y + size) / height]);
        if (share >= minTissue) tiles.push({ ...tile, tissue: share });
      }
    }
  }
  return tiles;
}

function expectCount(option: string, pixels: number): void {
  if (Number.isSafeInteger(pixels) && pixels >= 1) return;
  throw new InvalidOptionError(option, 'an integer of at least 1', pixels);
}

/** @throws {NoSuchTileError} @throws {InvalidOptionError} */
function levelFor(
  slide: string,
  levels: readonly StoredLevel[],
  { level, micrometresPerPixel: wanted }: TileOptions,
): number {
  if (wanted === undefined) {
    if (level === undefined || levels[level]) return level ?? 0;
    throw new NoSuchTileError(slide, `level ${level}`, `it has levels 0 to ${levels.length - 1}`);
  }
  if (level !== undefined)
    throw new InvalidOptionError('level', 'left out beside micrometresPerPixel', level);
  if (!(wanted > 0)) throw new InvalidOptionError('micrometresPerPixel', 'above 0', wanted);
  const sizes = levels.map(({ micrometresPerPixel }) => micrometresPerPixel ?? Number.NaN);
  const chosen = sizes.findLastIndex((size) => size <= wanted * TOLERANCE);
  if (chosen >= 0) return chosen;
  const [finest = Number.NaN] = sizes;
  const there = Number.isNaN(finest)
    ? 'the file does not say how large its pixels are; choose a level'
    : `its finest has ${finest.toPrecision(4)}`;
  throw new NoSuchTileError(slide, `level of ${wanted} micrometres a pixel`, there);
}
