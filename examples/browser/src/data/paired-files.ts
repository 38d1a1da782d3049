import type { CaptionRow } from '../../../../src/tables/index.ts';
import type { PairInput } from '../engine/types.ts';
import { type CaptionsChoice, isCaptionsFile, readCaptions } from './captions-file.ts';
import type { FoundFile } from './dropped-files.ts';
import { IMAGE_KINDS, isImageFile } from './image-files.ts';
import { ImagePaths, mayBeSame } from './image-paths.ts';
import { labelOf } from './label-of.ts';

export interface PairedFiles {
  readonly pairs: readonly PairInput[];
  /** What people should know about how the files were paired. */
  readonly notes: readonly string[];
}

/** As people count: 2 before 10. */
const ORDER = new Intl.Collator('en', { numeric: true });

/**
 * Pairs images with the captions of a table or text file among the files; without one, with their own names.
 * @throws {Error} that says what is missing, or what is not clear
 */
export async function pairFiles(
  files: readonly FoundFile[],
  choice: CaptionsChoice = {},
): Promise<PairedFiles> {
  const found = files.filter(({ path }) => isImageFile(path)).sort((a, b) => ORDER.compare(a.path, b.path));
  const chosen = chosenOf(files.filter(({ path }) => isCaptionsFile(path)));
  if (found.length === 0) throw new Error(`There is no image among the files (${IMAGE_KINDS}).`);
  const images = new ImagePaths(found);
  if (!chosen) return byName(images);
  const captions = await readCaptions(chosen.file, choice);
  return captions.some(({ image }) => image !== undefined)
    ? byPath(images, captions, chosen.path)
    : byOrder(images, captions, chosen.path);
}

/** The one that is called captions, where there are several. @throws {Error} where that does not tell */
function chosenOf(files: readonly FoundFile[]): FoundFile | undefined {
  const named = files.filter(({ file }) => file.name.toLowerCase().startsWith('captions.'));
  const [chosen, ...others] = named.length > 0 ? named : files;
  if (others.length === 0) return chosen;
  const names = [chosen, ...others].map((file) => file?.path).join(', ');
  throw new Error(`${names} may each hold the captions: give one of them, or call it captions.csv.`);
}

/** Pairs images with the rows that name them by path. @param table that the rows are of @throws {Error} where it is not clear */
export function pairByPath(
  images: readonly FoundFile[],
  rows: readonly CaptionRow[],
  table: string,
): PairedFiles {
  return byPath(new ImagePaths(images), rows, table);
}

function byName(images: ImagePaths): PairedFiles {
  const pairs = images.all.map(({ id, image }) => pairOf(id, image, labelOf(image.file.name)));
  return { pairs, notes: ['There is no captions file: the names of the images stand in for captions.'] };
}

function byPath(images: ImagePaths, captions: readonly CaptionRow[], table: string): PairedFiles {
  const ids = new Map(images.all.map(({ id, image }) => [image, id]));
  const folder = table.split('/').slice(0, -1).join('/');
  const claims = new Map<FoundFile, string>();
  const absent = new Set<string>();
  const pairs = captions.flatMap(({ image: written = '', text, label, group }) => {
    const [meant, ...others] = images.meantBy(written, folder);
    if (!meant) absent.add(written);
    if (!meant) return [];
    if (others.length > 0) throw unclear(table, written, [meant, ...others]);
    const before = claims.get(meant) ?? written;
    if (!mayBeSame(before, written)) throw claimedTwice(table, before, written, meant);
    claims.set(meant, before.length > written.length ? before : written);
    return [{ ...pairOf(ids.get(meant) ?? '', meant, text, label), group }];
  });
  if (pairs.length === 0) throw new Error(`${table} names none of the images${exampleOf(absent, images)}.`);
  const alone = images.all.filter(({ image }) => !claims.has(image)).map(({ id }) => id);
  return {
    pairs,
    notes: [
      ...(absent.size > 0
        ? [`${table} names ${someOf([...absent])} that ${absent.size === 1 ? 'is' : 'are'} not here.`]
        : []),
      ...(alone.length > 0 ? [`${table} has no row for ${someOf(alone)}.`] : []),
    ],
  };
}

function unclear(table: string, written: string, images: readonly FoundFile[]): Error {
  const paths = images.map(({ path }) => path);
  if (new Set(paths).size < paths.length) {
    return new Error(`Two of the images are called ${written}: which is meant is not clear.`);
  }
  return new Error(
    `${table} names ${written}, which may be ${paths.slice(0, 3).join(' or ')}: write the folder in front, or give one folder.`,
  );
}

function claimedTwice(table: string, before: string, written: string, { path }: FoundFile): Error {
  return new Error(
    `${table} names ${before} and ${written}, and ${path} may be either: give the folders with the images in them, by dropping the folder that they lie in.`,
  );
}

/** `: it has x/1.png, and the images are y/1.png, …` */
function exampleOf(absent: ReadonlySet<string>, images: ImagePaths): string {
  const [written] = absent;
  return written === undefined
    ? ''
    : `: it has ${written}, and the first image is ${images.all[0]?.image.path}`;
}

/** `5 images (a.png, b.png, c.png, …)` */
function someOf(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ');
  return `${names.length} image${names.length === 1 ? '' : 's'} (${shown}${names.length > 3 ? ', …' : ''})`;
}

function byOrder(images: ImagePaths, captions: readonly CaptionRow[], file: string): PairedFiles {
  const { all } = images;
  if (captions.length !== all.length) {
    throw new Error(`${file} has ${captions.length} lines for ${all.length} images; it needs one a line.`);
  }
  return { pairs: all.map(({ id, image }, i) => pairOf(id, image, captions[i]?.text ?? '')), notes: [] };
}

function pairOf(id: string, { file }: FoundFile, caption: string, label = labelOf(file.name)): PairInput {
  return { id, image: file, caption, label };
}
