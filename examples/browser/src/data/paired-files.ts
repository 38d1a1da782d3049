import type { PairInput } from '../engine/types.ts';
import { type Caption, readCaptions } from './captions-file.ts';
import { labelOf } from './label-of.ts';

export interface PairedFiles {
  readonly pairs: readonly PairInput[];
  /** What people should know about how the files were paired. */
  readonly notes: readonly string[];
}

const IMAGE = /\.(png|jpe?g|webp|gif)$/i;
const CAPTIONS = /\.(csv|txt)$/i;

/**
 * Pairs images with the captions of a CSV or text file among the files; without one, with their own names.
 * @throws {Error} that says what is missing
 */
export async function pairFiles(files: readonly File[]): Promise<PairedFiles> {
  const images = files.filter(({ name }) => IMAGE.test(name)).sort((a, b) => a.name.localeCompare(b.name));
  const captionFiles = files.filter(({ name }) => CAPTIONS.test(name));
  const chosen = captionFiles.find(({ name }) => name === 'captions.csv') ?? captionFiles[0];
  if (images.length === 0) throw new Error('There is no image among the files (PNG, JPEG, WebP or GIF).');
  if (!chosen) return byName(images);
  const captions = await readCaptions(chosen);
  return captions.some(({ image }) => image !== undefined)
    ? byFileName(images, captions, chosen.name)
    : byOrder(images, captions, chosen.name);
}

function byName(images: readonly File[]): PairedFiles {
  const pairs = images.map((image) => pairOf(image, labelOf(image.name)));
  return { pairs, notes: ['There is no captions file: the names of the images stand in for captions.'] };
}

function byFileName(images: readonly File[], captions: readonly Caption[], file: string): PairedFiles {
  const found = new Map(images.map((image) => [image.name, image]));
  const pairs = captions.flatMap(({ image = '', text, label }) => {
    const picture = found.get(image);
    return picture ? [pairOf(picture, text, label)] : [];
  });
  if (pairs.length === 0) throw new Error(`${file} names none of the images.`);
  const missing = captions.length - pairs.length;
  const notes = missing > 0 ? [`${missing} of the ${captions.length} images in ${file} are not here.`] : [];
  return { pairs, notes };
}

function byOrder(images: readonly File[], captions: readonly Caption[], file: string): PairedFiles {
  if (captions.length !== images.length) {
    throw new Error(`${file} has ${captions.length} lines for ${images.length} images; it needs one a line.`);
  }
  return { pairs: images.map((image, i) => pairOf(image, captions[i]?.text ?? '')), notes: [] };
}

function pairOf(image: File, caption: string, label = labelOf(image.name)): PairInput {
  return { id: image.name, image, caption, label };
}
