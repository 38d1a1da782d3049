import type { CaptionRow } from '../../../../src/tables/index.ts';
import type { PairInput } from '../engine/types.ts';
import { isCaptionsFile, readCaptions } from './captions-file.ts';
import { labelOf } from './label-of.ts';

export interface PairedFiles {
  readonly pairs: readonly PairInput[];
  /** What people should know about how the files were paired. */
  readonly notes: readonly string[];
}

const IMAGE = /\.(png|jpe?g|webp|gif)$/i;

/**
 * Pairs images with the captions of a table or text file among the files; without one, with their own names.
 * @throws {Error} that says what is missing
 */
export async function pairFiles(files: readonly File[]): Promise<PairedFiles> {
  const images = files.filter(({ name }) => IMAGE.test(name)).sort((a, b) => a.name.localeCompare(b.name));
  const chosen = chosenOf(files.filter(({ name }) => isCaptionsFile(name)));
  if (images.length === 0) throw new Error('There is no image among the files (PNG, JPEG, WebP or GIF).');
  if (!chosen) return byName(images);
  const captions = await readCaptions(chosen);
  return captions.some(({ image }) => image !== undefined)
    ? byFileName(images, captions, chosen.name)
    : byOrder(images, captions, chosen.name);
}

/** The one that is called captions, where there are several. @throws {Error} where that does not tell */
function chosenOf(files: readonly File[]): File | undefined {
  const named = files.filter(({ name }) => name.toLowerCase().startsWith('captions.'));
  const [chosen, ...others] = named.length > 0 ? named : files;
  if (others.length === 0) return chosen;
  const names = [chosen, ...others].map((file) => file?.name).join(', ');
  throw new Error(`${names} may each hold the captions: give one of them, or call it captions.csv.`);
}

function byName(images: readonly File[]): PairedFiles {
  const pairs = images.map((image) => pairOf(image, labelOf(image.name)));
  return { pairs, notes: ['There is no captions file: the names of the images stand in for captions.'] };
}

function byFileName(images: readonly File[], captions: readonly CaptionRow[], file: string): PairedFiles {
  const found = byFileNames(images);
  const pairs = captions.flatMap(({ image = '', text, label }) => {
    const picture = found.get(image);
    return picture ? [pairOf(picture, text, label)] : [];
  });
  if (pairs.length === 0) throw new Error(`${file} names none of the images.`);
  const named = new Set(pairs.map(({ id }) => id));
  const [absent, alone] = [
    [...new Set(captions.flatMap(({ image = '' }) => (found.has(image) ? [] : image)))],
    [...found.keys()].filter((name) => !named.has(name)),
  ];
  return {
    pairs,
    notes: [
      ...(absent.length > 0
        ? [`${file} names ${someOf(absent)} that ${absent.length === 1 ? 'is' : 'are'} not here.`]
        : []),
      ...(alone.length > 0 ? [`${file} has no row for ${someOf(alone)}.`] : []),
    ],
  };
}

/** @throws {Error} for two of one name, since a caption's image is known by it */
function byFileNames(images: readonly File[]): Map<string, File> {
  const found = new Map<string, File>();
  for (const image of images) {
    if (found.has(image.name))
      throw new Error(`Two of the images are called ${image.name}: which is meant is not clear.`);
    found.set(image.name, image);
  }
  return found;
}

/** `5 images (a.png, b.png, c.png, …)` */
function someOf(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ');
  return `${names.length} image${names.length === 1 ? '' : 's'} (${shown}${names.length > 3 ? ', …' : ''})`;
}

function byOrder(images: readonly File[], captions: readonly CaptionRow[], file: string): PairedFiles {
  if (captions.length !== images.length) {
    throw new Error(`${file} has ${captions.length} lines for ${images.length} images; it needs one a line.`);
  }
  return { pairs: images.map((image, i) => pairOf(image, captions[i]?.text ?? '')), notes: [] };
}

function pairOf(image: File, caption: string, label = labelOf(image.name)): PairInput {
  return { id: image.name, image, caption, label };
}
