import { basename, extname, resolve } from 'node:path';
import { type Caption, readCaptions } from '../captions.ts';
import { UsageError } from '../errors.ts';
import { type ImageFile, isImageUrl, listImageFiles } from '../image-files.ts';

export interface EmbedCommandInputs {
  readonly images: readonly ImageFile[];
  readonly texts: readonly Caption[];
}

/**
 * What `embed` is to embed. Without paths, the images that the captions name, each once. With paths, those; an
 * image that a row of the captions means (the same file, else the same name with or without its ending) takes that
 * row's id, so that pairs can be told from the manifest.
 * @throws {UsageError} if there is neither an image nor a captions file
 */
export async function gatherInputs(
  paths: readonly string[],
  captionsFile: string | undefined,
  missing: 'fail' | 'keep',
): Promise<EmbedCommandInputs> {
  if (paths.length === 0 && captionsFile === undefined) {
    throw new UsageError('nothing to embed: name images or directories, or pass --captions');
  }
  const texts = captionsFile === undefined ? [] : await readCaptions(captionsFile);
  if (paths.length === 0) return { images: await namedImages(texts, missing), texts };
  const images = await listImageFiles(paths, { missing });
  return { images: linkIds(images, texts), texts };
}

async function namedImages(texts: readonly Caption[], missing: 'fail' | 'keep'): Promise<ImageFile[]> {
  const ids = new Map<string, string>();
  for (const { id, image } of texts) if (image !== undefined && !ids.has(image)) ids.set(image, id);
  const files = await listImageFiles([...ids.keys()], { missing });
  return files.map(({ id, path }) => ({ id: ids.get(path) ?? id, path }));
}

function linkIds(images: readonly ImageFile[], texts: readonly Caption[]): ImageFile[] {
  const linked = new Map<ImageFile, string>();
  const find = finder(images);
  for (const { id, image: named } of texts) {
    const image = find(named ?? id) ?? find(basename(id));
    if (image && !linked.has(image)) linked.set(image, id);
  }
  return images.map((image) => ({ ...image, id: linked.get(image) ?? image.id }));
}

/** Finds the one image that a path or name means; a name that several images have means none of them. */
function finder(images: readonly ImageFile[]): (name: string) => ImageFile | undefined {
  const byName = new Map<string, ImageFile[]>();
  for (const image of images) {
    for (const name of namesOf(image.path)) byName.set(name, [...(byName.get(name) ?? []), image]);
  }
  return (name) => {
    const found = byName.get(name) ?? [];
    return found.length === 1 ? found[0] : undefined;
  };
}

function namesOf(path: string): Set<string> {
  const name = basename(path);
  return new Set([isImageUrl(path) ? path : resolve(path), name, basename(name, extname(name))]);
}
