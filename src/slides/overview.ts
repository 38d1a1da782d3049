import type { LevelPixels } from './level-pixels.ts';
import type { StoredLevel } from './levels.ts';
import type { Overview } from './tissue.ts';

/** The longest side of the overview on which tissue is looked for, in pixels. */
const OVERVIEW_SIDE = 2048;

/**
 * A slide as a picture whose longest side is at most `side`: of the coarsest level that is not shorter, else of level 0. Pixels are means
 * of squares; the level is read in bands, so that memory stays small where a slide has one level alone.
 */
export async function overviewOf(
  pixels: LevelPixels,
  levels: readonly StoredLevel[],
  side = OVERVIEW_SIDE,
): Promise<Overview> {
  const index = Math.max(
    0,
    levels.findLastIndex((level) => longest(level) >= side),
  );
  const level = levels[index];
  if (!level) throw new RangeError('a slide without levels');
  const factor = Math.ceil(longest(level) / side);
  const [width, height] = [Math.ceil(level.width / factor), Math.ceil(level.height / factor)];
  const sums = new Float64Array(3 * width * height);
  const counts = new Uint32Array(width * height);
  for (let y = 0; y < level.height; y += level.blockHeight) {
    const band = { x: 0, y, width: level.width, height: Math.min(level.blockHeight, level.height - y) };
    const { data } = await pixels.read(index, band);
    for (let i = 0; i < band.width * band.height; i++) {
      const square =
        Math.floor((y + Math.floor(i / band.width)) / factor) * width + Math.floor((i % band.width) / factor);
      counts[square] = (counts[square] ?? 0) + 1;
      for (let c = 0; c < 3; c++) sums[3 * square + c] = (sums[3 * square + c] ?? 0) + (data[4 * i + c] ?? 0);
    }
  }
  const rgb = Uint8Array.from(sums, (sum, i) => Math.round(sum / (counts[Math.floor(i / 3)] ?? 1)));
  return { width, height, rgb, squares: [level.width / factor, level.height / factor] };
}

function longest({ width, height }: StoredLevel): number {
  return Math.max(width, height);
}
