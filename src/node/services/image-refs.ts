import { ImageTooLargeError } from '../../image/errors.ts';
import { readImageHeader } from '../../image/header.ts';
import type { WindowChoice } from '../../image/source.ts';
import { readImageBytes } from '../image-bytes.ts';
import type { NamedInput } from './embed-batcher.ts';
import type { NamedFolders } from './named-folders.ts';

/** An image that a request names: one of a folder, bytes that came with it, or a URL. */
export type ImageRef =
  | { readonly folder: string; readonly image: string }
  | { readonly id: string; readonly name: string; readonly bytes: Uint8Array }
  | { readonly id: string; readonly name: string; readonly url: string };

export interface ImageSettings {
  /** The most pixels of an image, checked before it is decoded. */
  readonly maxPixels: number;
  readonly window?: WindowChoice;
}

/** The image for the model. @throws {UnknownFolderError} @throws {OutsideFolderError} */
export function inputOfRef(image: ImageRef, folders: NamedFolders, settings: ImageSettings): NamedInput {
  if ('bytes' in image) return imageInput(image.id, image.name, async () => image.bytes, settings);
  if ('url' in image) return imageInput(image.id, image.name, () => readImageBytes(image.url), settings);
  const folder = folders.get(image.folder);
  folder.partsOf(image.image); // a wrong one, before any work
  const name = `${image.folder}/${image.image}`;
  return imageInput(name, name, async () => (await folder.read(image.image)).bytes, settings);
}

/** An image for the model, refused by its header if it has too many pixels. */
export function imageInput(
  id: string,
  name: string,
  read: () => Promise<Uint8Array>,
  { maxPixels, window }: ImageSettings,
): NamedInput {
  const limited = async () => {
    const bytes = await read();
    const { width, height } = readImageHeader(bytes, name);
    if (width * height > maxPixels) throw new ImageTooLargeError(name, width, height, maxPixels);
    return bytes;
  };
  return { id, source: { name, read: limited }, window };
}
