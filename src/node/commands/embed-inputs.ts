import { basename, extname, resolve } from 'node:path';
import type { Command } from 'commander';
import { isArchiveName } from '../../archives/archive.ts';
import {
  type Caption,
  folderFacts,
  type ReadCaptions,
  type ReadCaptionsOptions,
  readCaptions,
} from '../captions.ts';
import { type CaptionOptions, captionsReading, OF_CAPTIONS } from '../cli/caption-options.ts';
import { expectNotGiven } from '../cli/unused-options.ts';
import { UsageError } from '../errors.ts';
import { imageAddress } from '../image-address.ts';
import {
  type ImageFile,
  isImageUrl,
  type ListedImages,
  type ListOptions,
  listImageFiles,
  someOf,
} from '../image-files.ts';
import { type InputFile, inputName } from '../input-file.ts';
import type { RowFacts } from '../manifest.ts';
import { archivesIn, captionsIn, readImageArchives, withFactsOf } from './archive-inputs.ts';

/** An image, and what its folder says of it where that was asked for. */
export interface EmbedImage extends ImageFile, RowFacts {}

export interface EmbedCommandInputs {
  /** Each once. */
  readonly images: readonly EmbedImage[];
  readonly texts: readonly Caption[];
  /** Image and caption pairs, in the order of the captions. */
  readonly pairs: readonly InputPair[];
  /** What was left out or assumed, as sentences. */
  readonly notes: readonly string[];
}

/** An image and a caption of it, both by index. */
export interface InputPair {
  readonly image: number;
  readonly text: number;
  readonly id: string;
}

/** Refuses options that nothing would heed. @throws {UsageError} */
export function expectCaptionsRead(
  command: Command,
  images: readonly string[],
  { captions }: { readonly captions?: string },
): void {
  if (images.length === 0) {
    expectNotGiven(command, ['recursive'], 'has no effect without a directory of images; name one');
  }
  if (captions !== undefined || images.some(isArchiveName)) return;
  expectNotGiven(command, OF_CAPTIONS, 'has no effect without --captions; name the file, or leave it out');
}

/**
 * Collects the images and captions to embed, and pairs them. Without paths, the images are those that the captions
 * name, each once. With paths, a table's image is the same file, else the only one of that name with or without
 * extension. A text file's lines are paired with the images in order, if there are as many. Archives among the paths have
 * their own captions, unless others are given.
 * @throws {UsageError} if there is neither an image nor a captions file
 */
export async function gatherInputs(
  paths: readonly string[],
  captions: InputFile | undefined,
  options: ListOptions,
  reading: CaptionOptions & Pick<ReadCaptionsOptions, 'needs'> = {},
): Promise<EmbedCommandInputs> {
  if (paths.length === 0 && captions === undefined) {
    throw new UsageError('nothing to embed: name images or directories, or pass --captions');
  }
  const { archives, others } = await archivesIn(paths, options.literal);
  const archived = await readImageArchives(archives, reading);
  const read =
    captions === undefined ? captionsIn(archived) : await readCaptions(captions, captionsReading(reading));
  const named = [...namedImages(archived?.rows ?? []), ...others];
  const listed = await (paths.length > 0
    ? listImageFiles(named, { ...options, patterns: true })
    : listImageFiles(namedImages(read?.captions ?? []), options));
  const files = withFactsOf(archived, listed);
  if (!read) return withFolders({ images: files.files, texts: [], pairs: [], notes: files.notes }, reading);
  const besides = captions !== undefined && paths.length > 0;
  const source = captions === undefined ? (archives[0] ?? '') : inputName(captions);
  return withFolders(paired(source, besides ? byFileName(read) : read, files, besides), reading);
}

/** Images in an archive of captions are not those that were named beside it; its ids may be their names. */
function byFileName(read: ReadCaptions): ReadCaptions {
  const captions = read.captions.map(({ image, ...row }) =>
    image === undefined || imageAddress(image).member !== undefined ? row : { ...row, image },
  );
  return { ...read, captions };
}

/** @param listedAlone whether the images were named beside the captions, and not by them */
function paired(
  file: string,
  { kind, guessed, captions: texts, notes: said = [] }: ReadCaptions,
  { files: images, notes: listed }: ListedImages,
  listedAlone: boolean,
): EmbedCommandInputs {
  const notes = [...said, ...listed];
  if (kind === 'lines') {
    const all = { files: images, notes: [...notes, ...(guessed ? [`${file}: ${NO_HEADER}`] : [])] };
    return listedAlone ? byLine(file, all, texts) : { images, texts, pairs: [], notes: all.notes };
  }
  const pairs = byName(images, texts);
  const alone = listedAlone ? notesOfAlone(file, images, texts, pairs) : [];
  return { images: withIdsOf(pairs, images), texts, pairs, notes: [...notes, ...alone] };
}

const NO_HEADER = 'no header has a column caption, so each line is taken for a caption';

/** Classes and groups by folder: of an image its own, of a caption that of its image. */
function withFolders(
  inputs: EmbedCommandInputs,
  { labelFrom, groupFrom }: CaptionOptions,
): EmbedCommandInputs {
  if (labelFrom === undefined && groupFrom === undefined) return inputs;
  const facts = (path: string | undefined) =>
    path === undefined ? {} : folderFacts(path, { labelFrom, groupFrom });
  const paths = new Map(inputs.pairs.map(({ image, text }) => [text, inputs.images[image]?.path]));
  return {
    ...inputs,
    images: inputs.images.map((image) => ({ ...image, ...facts(image.path) })),
    texts: inputs.texts.map((text, i) => ({ ...text, ...facts(paths.get(i) ?? text.image) })),
  };
}

/** An image gets the id that the captions' rows give it. */
function withIdsOf(pairs: readonly InputPair[], images: readonly EmbedImage[]): EmbedImage[] {
  const ids = new Map(pairs.map(({ image, id }) => [image, id]));
  return images.map((file, i) => ({ ...file, id: ids.get(i) ?? file.id }));
}

function namedImages(texts: readonly { readonly image?: string }[]): string[] {
  return [...new Set(texts.flatMap(({ image }) => image ?? []))];
}

function byLine(file: string, { files, notes }: ListedImages, texts: readonly Caption[]): EmbedCommandInputs {
  const counts = `${texts.length} lines and ${files.length} images`;
  if (files.length !== texts.length) {
    const note = `${file}: ${counts} are not pairs; a table with the columns image and caption says which belong together`;
    return { images: files, texts, pairs: [], notes: [...notes, note] };
  }
  const pairs = files.map(({ id }, i) => ({ image: i, text: i, id }));
  const note = `${file}: each line is taken for the caption of the image in its place, from ${files[0]?.id} on`;
  return { images: files, texts, pairs, notes: [...notes, note] };
}

function byName(images: readonly ImageFile[], texts: readonly Caption[]): InputPair[] {
  const find = finder(images);
  const ids = new Map<number, string>(); // an image that several rows name gets the first name
  return texts.flatMap(({ id, image: named }, text) => {
    const found = [named ?? id, basename(named ?? id)].map(find).find((files) => files.length > 0) ?? [];
    return found.map((image) => {
      const own = ids.get(image) ?? id;
      ids.set(image, own);
      return { image, text, id: own };
    });
  });
}

/** Finds the image that a path or name refers to, or all frames of it; an ambiguous name refers to none. */
function finder(images: readonly ImageFile[]): (name: string) => readonly number[] {
  const byName = new Map<string, number[]>();
  for (const [i, { path }] of images.entries()) {
    for (const name of namesOf(path)) {
      const found = byName.get(name);
      if (found) found.push(i);
      else byName.set(name, [i]);
    }
  }
  return (name) => {
    const found = byName.get(name) ?? [];
    const files = new Set(found.map((i) => imageAddress(images[i]?.path ?? '').file));
    return files.size === 1 ? found : [];
  };
}

function namesOf(path: string): Set<string> {
  const { file, member } = imageAddress(path);
  const whole = isImageUrl(path) ? path : resolve(path);
  if (member !== undefined) return new Set([whole, member, basename(member), stem(basename(member))]);
  if (isImageUrl(path)) return new Set([path, basename(path), stem(basename(path))]);
  const name = basename(file);
  return new Set([whole, resolve(file), name + path.slice(file.length), name, stem(name)]);
}

function stem(name: string): string {
  return basename(name, extname(name));
}

function notesOfAlone(
  file: string,
  images: readonly ImageFile[],
  texts: readonly Caption[],
  pairs: readonly InputPair[],
): string[] {
  const paired = {
    images: new Set(pairs.map(({ image }) => image)),
    texts: new Set(pairs.map(({ text }) => text)),
  };
  const lone = {
    images: images.filter((_, i) => !paired.images.has(i)).map(({ id }) => id),
    texts: texts.filter((_, i) => !paired.texts.has(i)).map(({ id }) => id),
  };
  return [
    ...(lone.images.length > 0 ? [`${file}: no row for ${someOf(lone.images, 'image')}`] : []),
    ...(lone.texts.length > 0 ? [`${file}: no image, or several, for ${someOf(lone.texts, 'row')}`] : []),
  ];
}
