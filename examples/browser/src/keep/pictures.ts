import type { KnownPair } from '../engine/types.ts';
import type { KeptPictures } from './kept-index.ts';

/** Originals of more than this together are not kept, but thumbnails of them. */
export const MOST_ORIGINALS = 200_000_000;
/** Pixels of a thumbnail's longer side: what the page shows at twice the density. */
const SIDE = 192;
const QUALITY = 0.8;

/** Of each pair, in order; undefined where there is none, such as of a DICOM file that the browser does not show. */
export type Pictures = readonly (Blob | undefined)[];

/** The images themselves, if all are there and they are not too large together; otherwise what people see of them. */
export function kindOfPictures(pairs: readonly KnownPair[]): KeptPictures {
  const bytes = pairs.reduce((sum, { image }) => sum + (image?.size ?? 0), 0);
  if (pairs.every(({ image }) => image !== undefined) && bytes <= MOST_ORIGINALS) return 'originals';
  return pairs.some(({ image, thumbnail }) => image ?? thumbnail) ? 'thumbnails' : 'none';
}

export async function picturesOf(
  pairs: readonly KnownPair[],
  kind: KeptPictures,
  onDone: (done: number) => void,
): Promise<Pictures> {
  if (kind === 'originals') return pairs.map(({ image }) => image);
  const pictures: (Blob | undefined)[] = [];
  for (const { image, thumbnail } of pairs) {
    pictures.push(thumbnail ?? (image && (await thumbnailOf(image))));
    onDone(pictures.length);
  }
  return pictures;
}

async function thumbnailOf(image: Blob): Promise<Blob | undefined> {
  try {
    using whole = disposable(await createImageBitmap(image));
    const { width, height } = whole.bitmap;
    const scale = Math.min(1, SIDE / Math.max(width, height));
    const canvas = new OffscreenCanvas(Math.ceil(width * scale), Math.ceil(height * scale));
    canvas.getContext('2d')?.drawImage(whole.bitmap, 0, 0, canvas.width, canvas.height);
    return await canvas.convertToBlob({ type: 'image/webp', quality: QUALITY });
  } catch {
    return undefined; // the page shows the kind of file in its place
  }
}

function disposable(bitmap: ImageBitmap): Disposable & { readonly bitmap: ImageBitmap } {
  return { bitmap, [Symbol.dispose]: () => bitmap.close() };
}
