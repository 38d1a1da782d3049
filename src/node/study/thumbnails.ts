import type { Measures } from './measure.ts';
import type { Pair } from './pairs.ts';

/** Rows of the report's table of pairs, at most. */
const MAX_LISTED = 40;
/** Pixels; shown at half of it. */
const SIDE = 88;

/** The pairs that the report lists: all, or those that lie furthest apart. */
export function listedPairs({ imageToText: { own } }: Measures): number[] {
  const all = Array.from(own, (_, i) => i);
  if (all.length <= MAX_LISTED) return all;
  return all.sort((a, b) => (own[b] ?? 0) - (own[a] ?? 0)).slice(0, MAX_LISTED);
}

/** Small pictures of images as data URIs. One that is gone or on the web has none: the table is whole without. */
export async function thumbnails(
  pairs: readonly Pair[],
  listed: readonly number[],
): Promise<Map<number, string>> {
  const { default: sharp } = await import('sharp');
  const found = new Map<number, string>();
  for (const i of listed) {
    const jpeg = await sharp(pairs[i]?.path)
      .resize(SIDE, SIDE, { fit: 'cover' })
      .flatten({ background: '#ffffff' })
      .jpeg({ quality: 70 })
      .toBuffer()
      .catch(() => undefined);
    if (jpeg) found.set(i, `data:image/jpeg;base64,${jpeg.toString('base64')}`);
  }
  return found;
}
