import type { PixelSource } from '../image/source.ts';
import type { ByteSource } from '../platform/files.ts';
import { type Block, type DecodeFile, readBlock } from './blocks.ts';
import type { StoredLevel } from './levels.ts';

/** A rectangle of a level, in its pixels. */
export interface Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** What the decoded blocks that are kept may take, in bytes: neighbouring squares share blocks. */
const KEPT_BYTES = 2 ** 26;

/** Reads rectangles of levels, and keeps the blocks that were used last. */
export class LevelPixels {
  readonly #kept = new Map<string, Promise<Block>>(); // in the order of use
  readonly #most: number;

  constructor(
    private readonly file: ByteSource,
    private readonly levels: readonly StoredLevel[],
    private readonly decodeFile: DecodeFile,
  ) {
    const bytes = levels.map(({ blockWidth, blockHeight }) => 4 * blockWidth * blockHeight);
    this.#most = Math.max(4, Math.floor(KEPT_BYTES / Math.max(...bytes)));
  }

  /** A rectangle that lies within its level. @throws {UnreadableSlideError} @throws {UnsupportedSlideError} */
  async read(levelIndex: number, { x, y, width, height }: Region): Promise<PixelSource> {
    const level = this.levels[levelIndex];
    if (!level) throw new RangeError(`level ${levelIndex}`);
    const { blockWidth, blockHeight } = level;
    const data = new Uint8Array(4 * width * height);
    const across = Math.ceil(level.width / blockWidth);
    const copies: Promise<void>[] = [];
    for (let row = Math.floor(y / blockHeight); row * blockHeight < y + height; row++) {
      for (let column = Math.floor(x / blockWidth); column * blockWidth < x + width; column++) {
        const place = { x: column * blockWidth - x, y: row * blockHeight - y };
        const block = this.#block(levelIndex, level, row * across + column);
        copies.push(block.then((pixels) => paste(pixels, level, place, { width, height, data })));
      }
    }
    await Promise.all(copies);
    return { width, height, data };
  }

  #block(levelIndex: number, level: StoredLevel, index: number): Promise<Block> {
    const key = `${levelIndex}/${index}`;
    const block = this.#kept.get(key) ?? readBlock(this.file, level, index, this.decodeFile);
    this.#kept.delete(key);
    this.#kept.set(key, block);
    block.catch(() => this.#kept.delete(key));
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > this.#most && oldest !== undefined) this.#kept.delete(oldest);
    return block;
  }
}

/** Copies what of a block lies in a picture. @param place where the block's corner is in it, which may be outside */
function paste(
  block: Block,
  { blockWidth, blockHeight }: StoredLevel,
  place: { readonly x: number; readonly y: number },
  { width, height, data }: PixelSource,
): void {
  const [left, right] = [Math.max(place.x, 0), Math.min(place.x + blockWidth, width)];
  const [top, bottom] = [Math.max(place.y, 0), Math.min(place.y + blockHeight, height)];
  for (let y = top; y < bottom; y++) {
    const from = 4 * ((y - place.y) * blockWidth + left - place.x);
    data.set(block.subarray(from, from + 4 * (right - left)), 4 * (y * width + left));
  }
}
