import type { DecodedImage } from '../../image/decoded-image.ts';
import type { WindowChoice } from '../../image/source.ts';
import { decodeImage, loadSharp } from '../decode-image.ts';
import { imageAddress, isRemote } from '../image-address.ts';
import { type ImageIdentity, readIdentified } from '../image-identity.ts';
import type { Measures } from './measure.ts';
import type { Pair } from './pairs.ts';

/** Rows of the report's table of pairs, at most. */
const MAX_LISTED = 40;
/** Side in pixels; shown at half the size. */
const SIDE = 88;

/** The pairs that the report lists: all, or those furthest apart. */
export function listedPairs({ imageToText: { own } }: Measures): number[] {
  const all = Array.from(own, (_, i) => i);
  if (all.length <= MAX_LISTED) return all;
  return all.sort((a, b) => (own[b] ?? 0) - (own[a] ?? 0)).slice(0, MAX_LISTED);
}

/**
 * Small pictures of images as data URIs. They are read as `embedBatch` reads them, and nothing is fetched. An image at
 * a URL, unreadable or changed since it was embedded has no thumbnail.
 * @param images the identity of each when it was embedded
 */
export async function thumbnails(
  pairs: readonly Pair[],
  images: readonly ImageIdentity[],
  listed: readonly number[],
  window?: WindowChoice,
): Promise<Map<number, string>> {
  const found = new Map<number, string>();
  for (const i of listed) {
    const jpeg = await thumbnail(pairs[i]?.path ?? '', images[i]?.sha256, window).catch(() => undefined);
    if (jpeg) found.set(i, `data:image/jpeg;base64,${jpeg.toString('base64')}`);
  }
  return found;
}

async function thumbnail(
  image: string,
  expected: string | undefined,
  window?: WindowChoice,
): Promise<Buffer | undefined> {
  if (isRemote(image)) return undefined;
  const { content, identity } = await readIdentified(image);
  if (expected !== undefined && identity.sha256 !== expected) return undefined;
  const { width, height, mode, data } = await decodeImage(content, {
    window,
    ...imageAddress(image).picture,
  });
  const sharp = await loadSharp();
  return sharp(mode === 'cmyk' ? withoutInk(data) : data, { raw: { width, height, channels: 4 } })
    .resize(SIDE, SIDE, { fit: 'cover' })
    .flatten({ background: '#ffffff' })
    .jpeg({ quality: 70 })
    .toBuffer();
}

/** CMYK, 255 meaning full ink, as opaque RGBA. */
function withoutInk(cmyk: DecodedImage['data']): Uint8Array {
  const rgba = new Uint8Array(cmyk.length).fill(255);
  for (let at = 0; at < cmyk.length; at += 4) {
    const light = 255 - (cmyk[at + 3] ?? 0);
    for (let c = 0; c < 3; c++) rgba[at + c] = Math.round((light * (255 - (cmyk[at + c] ?? 0))) / 255);
  }
  return rgba;
}
