import type { Slide, SlideTile } from '../slides/slide.ts';
import { UsageError } from './errors.ts';
import { imageAddress, isRemote } from './image-address.ts';

/** How names of slides end, those too that are refused by name. */
const SLIDE_ENDING = /\.(svs|tiff?|ndpi|scn|mrxs|czi|bif|vms|vmu)$/i;

/** How whole slides are cut into squares; without any of these they are not. */
export interface TileOptions {
  /** Default 256. */
  readonly tileSize?: number;
  /** Default: the size. */
  readonly tileStride?: number;
  /** Default: 0, the finest. */
  readonly level?: number;
  /** Micrometres a pixel. */
  readonly mpp?: number;
  /** Default: otsu. */
  readonly tissue?: 'otsu' | 'none';
  /** Default 0.5. */
  readonly minTissue?: number;
  readonly allowUrls?: boolean;
}

/**
 * The given images, and in place of each slide the addresses of its squares.
 * @throws {UsageError} for a slide of which no square is left, and for an .svs where nothing says how to cut it
 * @throws {UnsupportedSlideError} @throws {UnreadableSlideError} @throws {NoSuchTileError}
 */
export async function chosenTiles(
  images: readonly string[],
  options: TileOptions,
): Promise<{ readonly images: string[]; readonly notes: readonly string[] }> {
  const lists: (readonly string[])[] = [];
  const notes: string[] = [];
  for (const image of images) {
    const cut = await tilesIn(image, options);
    lists.push(cut?.addresses ?? [image]);
    if (cut) notes.push(cut.note);
  }
  return { images: lists.flat(), notes };
}

/** Undefined for what is no slide, or says itself which square is meant. */
async function tilesIn(image: string, options: TileOptions) {
  const { picture, member } = imageAddress(image);
  if (picture || member !== undefined || !isSlideName(image)) return undefined;
  const { tileSize: size, tileStride: stride, level, mpp, tissue: mask, minTissue, allowUrls } = options;
  if (isRemote(image) && !allowUrls) return undefined; // refused by whoever reads the list
  if ([size, stride, level, mpp, mask, minTissue].every((option) => option === undefined)) {
    if (!/\.svs$/i.test(image)) return undefined;
    throw new UsageError(`${image}: a whole slide; say how to cut it, such as --tile-size 256 --level 0`);
  }
  const slide = await open(image);
  const tiles = await slide
    .tiles({ size, stride, level, micrometresPerPixel: mpp, mask, minTissue })
    .finally(() => slide[Symbol.asyncDispose]());
  const [first] = tiles;
  if (!first) {
    throw new UsageError(
      `${image}: no square has enough tissue, or none fits; a smaller --tile-size or --min-tissue, or --tissue none, gives some`,
    );
  }
  const addresses = tiles.map(
    (tile) => `${image}#level=${tile.level}&x=${tile.x}&y=${tile.y}&size=${tile.size}`,
  );
  return { addresses, note: noteOf(image, slide, first, tiles.length) };
}

/** The reader of slides is loaded where there is one. */
async function open(image: string): Promise<Slide> {
  const { openTiffSlide } = await import('../slides/open-slide.ts');
  const [{ openInput }, { decodeImage }] = await Promise.all([
    import('./open-input.ts'),
    import('./decode-image.ts'),
  ]);
  return openTiffSlide(await openInput(image), decodeImage);
}

function noteOf(image: string, { levels }: Slide, { level, size }: SlideTile, count: number): string {
  const micrometres = levels[level]?.micrometresPerPixel;
  const scale =
    micrometres === undefined ? '' : `, ${Number(micrometres.toPrecision(3))} micrometres a pixel`;
  return `${image}: ${count.toLocaleString('en')} squares of ${size} pixels of level ${level}${scale}`;
}

/** Whether a path or URL is that of a slide, by its ending. */
export function isSlideName(image: string): boolean {
  return SLIDE_ENDING.test(/^https?:/i.test(image) ? new URL(image).pathname : image);
}
