import type { PixelSource } from '../image/source.ts';

/** One resolution of a slide. */
export interface SlideLevel {
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
  /** How many times smaller than level 0, about: levels are cut to whole pixels. */
  readonly downsample: number;
  /** The side of a pixel, if the file says it. Unit: micrometres. */
  readonly micrometresPerPixel?: number;
}

/** A square of a slide. */
export interface SlideTile {
  /** From 0, the finest. */
  readonly level: number;
  /** From the left of the level, in its own pixels (OpenSlide counts in those of level 0). */
  readonly x: number;
  /** From the top of the level, in its own pixels. */
  readonly y: number;
  /** The side, in pixels of the level. */
  readonly size: number;
}

/** A square of a slide, and how much tissue is in it. */
export interface TissueTile extends SlideTile {
  /** Share of the square that is tissue, 0 to 1; undefined under `mask: 'none'`. */
  readonly tissue?: number;
}

/** How a slide is cut into squares. */
export interface TileOptions {
  /** The side of a square, at least 1. Default 256. Unit: pixels of the level. */
  readonly size?: number;
  /** The level, from 0, the finest. Default 0. Unit: none. */
  readonly level?: number;
  /**
   * A size above 0: chooses the coarsest level whose pixels are this large or smaller (up to a twentieth larger), instead of `level`.
   * Nothing is rescaled. Default: `level` chooses. Unit: micrometres.
   */
  readonly micrometresPerPixel?: number;
  /** From a square to the next, at least 1. Default: `size`, so that they touch. Unit: pixels of the level. */
  readonly stride?: number;
  /** `otsu`: squares with too little tissue are left out; `none`: all are kept. Default `otsu`: see `Slide.tiles`. */
  readonly mask?: 'otsu' | 'none';
  /** The least share of tissue that a square must have, from 0 to 1. Default 0.5. Unit: none. */
  readonly minTissue?: number;
}

/** A whole slide whose parts are read when they are asked for. Memory stays small however large it is. */
export interface Slide extends AsyncDisposable {
  /** Its path or URL. */
  readonly name: string;
  /** From the finest to the coarsest. */
  readonly levels: readonly SlideLevel[];
  /** The side of a pixel of level 0, if the file says it. Unit: micrometres. */
  readonly micrometresPerPixel?: number;
  /** The objective's magnification, such as 40, if the file says it. */
  readonly objectivePower?: number;
  /**
   * The squares of a level row by row, without those that would reach over the right or lower edge. Tissue is what is more
   * saturated (S of HSV) than Otsu's threshold (1979) on a coarse level, as in CLAM, whose median filter and contours are left out; on grey
   * slides what is darker.
   * @throws {NoSuchTileError} for a level that there is not @throws {UnreadableSlideError} @throws {InvalidOptionError}
   */
  tiles(options?: TileOptions): Promise<TissueTile[]>;
  /**
   * The pixels of a square, opaque. Blocks that the file leaves out are white.
   * @throws {NoSuchTileError} unless it lies within its level @throws {UnreadableSlideError}
   */
  readTile(tile: SlideTile): Promise<PixelSource>;
}
