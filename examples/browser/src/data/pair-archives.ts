// Not by the library's index, whose `openPairs` brings its decoders of images: those are the worker's.
import { isArchiveName, openPairSet, type Pair } from '../../../../src/archives/index.ts';
import { type CaptionsChoice, isCaptionsFile } from './captions-file.ts';
import type { FoundFile } from './dropped-files.ts';
import { isImageFile } from './image-files.ts';
import { labelOf } from './label-of.ts';
import { type PairedFiles, pairByPath } from './paired-files.ts';

/** Reads the images of pairs that were found. @param onRead hears of each image @throws {Error} an AbortError by the signal */
export type ReadPairs = (
  onRead: (done: number, total: number) => void,
  signal: AbortSignal,
) => Promise<PairedFiles>;

/** An image file in the archive. */
interface Encoded {
  readonly name: string;
  read(): Promise<Uint8Array>;
}

type PairInside = Omit<Pair, 'image'> & { readonly image: Encoded };

/**
 * Opens the archives of pairs among the files, Parquet and tars, as one set. Images that a Parquet file names by path are those
 * among the files.
 * @throws {BiomedClipError} of `openPairs` @throws {Error} where captions are elsewhere too, or images nowhere
 */
export async function openArchives(files: readonly FoundFile[], choice: CaptionsChoice): Promise<ReadPairs> {
  const archives = files.filter(({ path }) => isArchiveName(path));
  const tables = files.filter(({ path }) => isCaptionsFile(path));
  const images = files.filter(({ path }) => isImageFile(path) && !isArchiveName(path));
  if (tables.length > 0) {
    const names = [...archives, ...tables].map(({ path }) => path).join(', ');
    throw new Error(
      `${names} may each hold the captions: give the sets of pairs alone, or a table with its images.`,
    );
  }
  const set = await openPairSet(
    NO_FILES,
    archives.map(({ file }) => file),
    choice,
  );
  const inside = set.pairs.flatMap(({ image, ...row }) => (isEncoded(image) ? [{ ...row, image }] : []));
  const beside = pairsBeside(set.pairs, images, archives[0]?.path ?? '');
  const left = beside ? [] : images;
  const notes = [...set.notes, ...(beside?.notes ?? []), ...(left.length > 0 ? [unused(left)] : [])];
  return async (onRead, signal) => {
    const read = await readInside(inside, onRead, signal);
    await set.close();
    const pairs = [...read.pairs, ...(beside?.pairs ?? [])];
    if (pairs.length === 0) throw new Error(read.notes.join(' '));
    return { pairs, notes: [...notes, ...read.notes] };
  };
}

/** Archives are given as files, so nothing is opened by its URL. */
const NO_FILES = {
  openFile: (source: string | URL): never => {
    throw new TypeError(`${source} is no file that was given`);
  },
};

/** What archives give for the images in them. */
function isEncoded(image: object | string): image is Encoded {
  return typeof image === 'object' && 'read' in image;
}

/** Pairs whose images are named by path; undefined where there are none. */
function pairsBeside(
  pairs: readonly Pair[],
  images: readonly FoundFile[],
  table: string,
): PairedFiles | undefined {
  const rows = pairs.flatMap(({ image, ...row }) => (typeof image === 'string' ? [{ ...row, image }] : []));
  const [first] = rows;
  if (!first) return undefined;
  const url = rows.find(({ image }) => /^https?:/i.test(image));
  if (url) {
    throw new Error(
      `${table} names images by URL, such as ${url.image}: the page fetches none; download them, and name them by path.`,
    );
  }
  if (images.length > 0) return pairByPath(images, rows, table);
  throw new Error(`${table} names its images by path, such as ${first.image}: give the images with it.`);
}

function unused(images: readonly FoundFile[]): string {
  const one = images.length === 1;
  return `${images[0]?.path}${one ? ' is' : ` and ${images.length - 1} more images are`} no part of the set, and left out.`;
}

/** Each image once, as a file. What cannot be read is left out, and said. */
async function readInside(
  pairs: readonly PairInside[],
  onRead: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<PairedFiles> {
  const files = new Map<string, File | undefined>();
  const failures: unknown[] = [];
  for (const [done, { image }] of pairs.entries()) {
    signal.throwIfAborted();
    if (!files.has(image.name)) {
      files.set(
        image.name,
        await fileOf(image).catch((error: unknown) => {
          failures.push(error);
          return undefined;
        }),
      );
    }
    onRead(done + 1, pairs.length);
  }
  const [failure] = failures;
  const reason = failure instanceof Error ? failure.message : String(failure);
  return {
    pairs: pairs.flatMap(({ id, text, image, group, label = labelInside(id, image.name) }) => {
      const file = files.get(image.name);
      return file ? [{ id, image: file, caption: text, label, group }] : [];
    }),
    notes:
      failure === undefined
        ? []
        : [`${failures.length} images could not be read and were left out: ${reason}`],
  };
}

async function fileOf({ name, read }: Encoded): Promise<File> {
  return new File([new Uint8Array(await read())], name);
}

/** By the name of the image, where the archive has one: a tar its members', Parquet what `datasets` keeps as path. */
function labelInside(id: string, name: string): string {
  const own = [name, id].find(isImageFile) ?? '';
  return labelOf(own.split(/[/#]/).at(-1) ?? '');
}
