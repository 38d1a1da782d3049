import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

/** One line of test/golden/images/index.json, which make.py beside it writes with Pillow. */
export interface GoldenImage {
  readonly name: string;
  readonly file: string;
  readonly pillowMode: string;
  readonly width: number;
  readonly height: number;
  /** The side of the square that is expected after resizing and cropping. */
  readonly size: number;
  readonly channels: 'RGB' | 'RGBA' | 'CMYK';
  readonly decodedSha256: string;
  readonly window?: { readonly low: number; readonly high: number };
  /** The page or frame, from 1. */
  readonly frame?: number;
}

/** Of test/golden/pictures/index.json, which pictures.py beside it writes: decoded pixels alone. */
export type GoldenPicture = Omit<GoldenImage, 'size'>;

const folder = new URL('../golden/images/', import.meta.url);
const index: { readonly cases: readonly GoldenImage[] } = JSON.parse(
  readFileSync(new URL('index.json', folder), 'utf8'),
);

export const goldenImages = index.cases;

const pictures = new URL('../golden/pictures/', import.meta.url);
export const goldenPictures: readonly GoldenPicture[] = JSON.parse(
  readFileSync(new URL('index.json', pictures), 'utf8'),
).cases;

export function pictureFile({ file }: { readonly file: string }): string {
  return fileURLToPath(new URL(file, pictures));
}

export function inputFile({ file }: { readonly file: string }): string {
  return fileURLToPath(new URL(`inputs/${file}`, folder));
}

/** Pillow's result, RGB bytes `[size, size, 3]`. */
export async function expectedPixels({ name }: GoldenImage): Promise<Uint8Array> {
  const path = fileURLToPath(new URL(`expected/${name}.png`, folder));
  const { data, info } = await sharp(path).raw().toBuffer({ resolveWithObject: true });
  if (info.channels !== 3) throw new Error(`${path} has ${info.channels} channels instead of 3`);
  return data;
}
