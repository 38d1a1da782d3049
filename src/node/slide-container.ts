import { UnreadableImageError } from '../image/errors.ts';
import type { ByteSource } from '../platform/files.ts';
import { openTiffSlide } from '../slides/open-slide.ts';
import type { SlideTile } from '../slides/slide.ts';
import { decodeImage } from './decode-image.ts';
import type { ImageContainer } from './image-containers.ts';

/** A slide whose squares are asked for by `level=0&x=512&y=0&size=256`. */
export async function slideContainer(source: ByteSource): Promise<ImageContainer> {
  const slide = await openTiffSlide(source, decodeImage);
  return {
    read: async (member) => slide.readTile(tileOf(member, slide.name)),
    close: async () => slide[Symbol.asyncDispose](),
  };
}

/** @throws {UnreadableImageError} */
function tileOf(member: string, slide: string): SlideTile {
  const [level, x, y, size] = ['level', 'x', 'y', 'size'].map((name) => {
    return new RegExp(`(?:^|&)${name}=(\\d{1,9})(?:&|$)`).exec(member)?.[1];
  });
  if (level !== undefined && x !== undefined && y !== undefined && size !== undefined) {
    return { level: Number(level), x: Number(x), y: Number(y), size: Number(size) };
  }
  throw new UnreadableImageError(
    `${slide}#${member}`,
    'after # there must be a square of the slide, such as level=0&x=512&y=0&size=256',
  );
}
