import type { ImagePlane } from '../image/decode-options.ts';
import { NoSuchFrameError } from '../image/errors.ts';
import { type FrameKind, framesIn } from '../image/formats.ts';
import { type FrameChoice, framesOf } from '../image/frame-choice.ts';
import { imageAddress } from './image-address.ts';
import { localPath, readImageBytes } from './image-bytes.ts';

/** Which pictures of files that have several are meant. */
export interface FrameOptions {
  /** Of DICOM files. Default: the first. */
  readonly frames?: FrameChoice;
  /** Of TIFFs. Default: the first. */
  readonly pages?: FrameChoice;
  /** Of volumes. Default: the middle one. */
  readonly slices?: FrameChoice;
  /** Of volumes. Default: axial. */
  readonly plane?: ImagePlane;
}

/**
 * The given images, and in place of a file of several pictures the address of each that is meant. What cannot be read
 * stays as it is, so that its reader reports it.
 * @throws {NoSuchFrameError}
 */
export async function chosenFrames(images: readonly string[], options: FrameOptions): Promise<string[]> {
  const { frames, pages, slices, plane } = options;
  if ([frames, pages, slices, plane].every((choice) => choice === undefined)) return [...images];
  const chosen = new Set<string>(); // each once, though a table may name a file and a frame of it
  for (const image of images) for (const address of await addressesOf(image, options)) chosen.add(address);
  return [...chosen];
}

async function addressesOf(image: string, options: FrameOptions): Promise<string[]> {
  const { file, picture, member } = imageAddress(image);
  if (picture || member !== undefined) return [image]; // it says itself which is meant
  if (localPath(file) === undefined) return [image]; // nothing is fetched for a list
  const { plane = 'axial' } = options;
  const bytes = await readImageBytes(file).catch(() => undefined);
  const found = bytes && (await framesIn(bytes, file, plane).catch(() => undefined));
  const choice = found && choiceFor(found.kind, options);
  if (!choice) return [image];
  const chosen = framesOf(choice, found.count);
  if ('beyond' in chosen) throw new NoSuchFrameError(file, chosen.beyond, found.count);
  if (found.count === 1) return [image];
  return chosen.map((frame) => `${file}#${found.kind === 'slice' ? plane : found.kind}=${frame}`);
}

function choiceFor(kind: FrameKind, { frames, pages, slices, plane }: FrameOptions): FrameChoice | undefined {
  if (kind === 'frame') return frames;
  if (kind === 'page') return pages;
  return slices ?? (plane && 'middle');
}
