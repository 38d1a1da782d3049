import type { ImagePlane } from '../image/decode-options.ts';
import { NoSuchFrameError } from '../image/errors.ts';
import { type FrameKind, framesIn } from '../image/formats.ts';
import { type FrameChoice, framesOf } from '../image/frame-choice.ts';
import { UsageError } from './errors.ts';
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
 * @throws {NoSuchFrameError} @throws {UsageError} where an option is for none of the images
 */
export async function chosenFrames(images: readonly string[], options: FrameOptions): Promise<string[]> {
  const addresses = (await framesOfImages(images, options)).flat();
  return isChoice(options) ? [...new Set(addresses)] : addresses; // a table may name a file and a frame of it
}

/**
 * The addresses that are meant by each image.
 * @throws {NoSuchFrameError} @throws {UsageError} where an option is for none of the images
 */
export async function framesOfImages(images: readonly string[], options: FrameOptions): Promise<string[][]> {
  if (!isChoice(options)) return images.map((image) => [image]);
  const found = new Map<string, FoundFrames>();
  for (const image of new Set(images)) found.set(image, await framesOfImage(image, options));
  expectMeant(
    [...found.values()].map(({ kind }) => kind),
    options,
  );
  return images.map((image) => found.get(image)?.addresses ?? [image]);
}

function isChoice({ frames, pages, slices, plane }: FrameOptions): boolean {
  return [frames, pages, slices, plane].some((choice) => choice !== undefined);
}

interface FoundFrames {
  /** `unknown`: it was not looked into, or cannot be read. */
  readonly kind: FrameKind | 'one' | 'unknown';
  readonly addresses: string[];
}

async function framesOfImage(image: string, options: FrameOptions): Promise<FoundFrames> {
  const { file, picture, member } = imageAddress(image);
  const saysItself = picture !== undefined || member !== undefined;
  if (saysItself || localPath(file) === undefined) return { kind: 'unknown', addresses: [image] }; // nothing is fetched for a list
  const { plane = 'axial' } = options;
  const bytes = await readImageBytes(file).catch(() => undefined);
  if (!bytes) return { kind: 'unknown', addresses: [image] };
  const found = await framesIn(bytes, file, plane).catch(() => 'unknown' as const);
  if (found === 'unknown') return { kind: 'unknown', addresses: [image] };
  const kind = found?.kind ?? 'one';
  const choice = found && choiceFor(found.kind, options);
  if (!choice) return { kind, addresses: [image] };
  const chosen = framesOf(choice, found.count);
  if ('beyond' in chosen) throw new NoSuchFrameError(file, chosen.beyond, found.count);
  const name = kind === 'slice' ? plane : kind;
  return { kind, addresses: found.count === 1 ? [image] : chosen.map((frame) => `${file}#${name}=${frame}`) };
}

/** @throws {UsageError} for an option without any file that it is for */
function expectMeant(kinds: readonly FoundFrames['kind'][], { frames, pages, slices, plane }: FrameOptions) {
  if (kinds.includes('unknown')) return;
  const of = { frames: 'frame', pages: 'page', slices: 'slice', plane: 'slice' } as const;
  const files = { frame: 'DICOM file', page: 'TIFF', slice: 'volume' };
  for (const [option, choice] of Object.entries({ frames, pages, slices, plane })) {
    const kind = of[option as keyof typeof of];
    if (choice === undefined || kinds.includes(kind)) continue;
    throw new UsageError(
      `--${option} has no effect, since none of the images is a ${files[kind]}; leave it out`,
    );
  }
}

function choiceFor(kind: FrameKind, { frames, pages, slices, plane }: FrameOptions): FrameChoice | undefined {
  if (kind === 'frame') return frames;
  if (kind === 'page') return pages;
  return slices ?? (plane && 'middle');
}
