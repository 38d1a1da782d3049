import { stat } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import { TABLE_ENDINGS } from '../../tables/captions.ts';
import { type Caption, folderFacts, type ReadCaptions, readCaptions, withSharedIds } from '../captions.ts';
import { type CaptionOptions, captionsReading } from '../cli/caption-options.ts';
import type { Session } from '../cli/session.ts';
import { inputOf } from '../cli/standard-streams.ts';
import { UsageError } from '../errors.ts';
import { imageAddress } from '../image-address.ts';
import { listImageFiles, someOf } from '../image-files.ts';
import { type FrameOptions, framesOfImages } from '../image-frames.ts';
import { type RowFacts, rowFacts } from '../manifest.ts';

/** An image and the caption that belongs to it. */
export interface Pair extends RowFacts {
  /** The row's id: the image as the table names it, or what an id column says. */
  readonly id: string;
  /** Path or URL of the image. */
  readonly path: string;
  readonly caption: string;
}

/** Names of captions in a directory of pairs. */
const CAPTIONS_FILES = TABLE_ENDINGS.map((ending) => `captions${ending}`);

/** The pairs of a table, and what of its directory has no row there. */
export interface ReadPairs {
  readonly pairs: readonly Pair[];
  readonly notes: readonly string[];
}

/**
 * The pairs of a table with the columns image and caption, of a directory with such a `captions.csv` (or `.tsv`, `.json`,
 * `.jsonl`), or of Parquet or tars.
 * @param first only the first so many rows
 * @throws {UsageError} where there is no such file, or it names no images
 * @throws {BiomedClipError} what `readCaptions` throws
 */
export async function readPairsOf(
  source: string,
  session: Session,
  { first, ...options }: CaptionOptions & FrameOptions & { readonly first?: number } = {},
): Promise<ReadPairs> {
  const file = await captionsFile(source);
  const read = await readCaptions(await inputOf(file, session), captionsReading(options));
  const named = withSharedIds(withImages(read)).map(({ id, text, image, ...known }) => {
    if (image === undefined) {
      throw new UsageError(
        `${source}: a study needs the column image, which says what each caption belongs to; --image-column names it`,
      );
    }
    return { id, path: image, caption: text, ...rowFacts(known), ...folderFacts(image, options) };
  });
  const notes = [...(read.notes ?? []), ...(file === source ? [] : await notNamed(source, file, named))];
  return { pairs: await withFrames(named.slice(0, first), options), notes };
}

/** Of an archive, whose notes name the others. */
function withImages({ captions, notes }: ReadCaptions): readonly Caption[] {
  const found = captions.filter(({ image }) => image !== undefined);
  return notes && found.length > 0 ? found : captions;
}

/** Several pictures of a file are several images of its caption: one item. @throws {NoSuchFrameError} */
async function withFrames(pairs: readonly Pair[], options: FrameOptions): Promise<Pair[]> {
  const frames = await framesOfImages(
    pairs.map(({ path }) => path),
    options,
  );
  return pairs.flatMap((pair, i) => frames[i]?.map((path) => ({ ...pair, path })) ?? []);
}

async function captionsFile(source: string): Promise<string> {
  if (source === '-') return source;
  const info = await stat(source).catch(() => undefined);
  if (!info?.isDirectory()) return source; // the reader reports a missing file
  const there = await Promise.all(
    CAPTIONS_FILES.map((name) =>
      stat(join(source, name)).then(
        () => [name],
        () => [],
      ),
    ),
  );
  const [found, ...others] = there.flat();
  if (found === undefined) {
    throw new UsageError(
      `${source}: has no ${CAPTIONS_FILES[0]} with the header image,caption; name the CSV instead`,
    );
  }
  if (others.length === 0) return join(source, found);
  throw new UsageError(`${source}: has ${[found, ...others].join(' and ')}; name the one that is meant`);
}

/** Images in the directory that no row names. */
async function notNamed(directory: string, file: string, pairs: readonly Pair[]): Promise<string[]> {
  const { files } = await listImageFiles([directory]).catch(() => ({ files: [] })); // all may be elsewhere
  const named = new Set(pairs.map(({ path }) => path));
  const alone = files.filter(({ path }) => !named.has(resolve(path))).map(({ id }) => id);
  return alone.length > 0 ? [`${file}: no row for ${someOf(alone, 'image')}`] : [];
}

/** Labels of the pairs in pictures: captions without their common first words, such as "this is a photo of". */
export function shortCaptions(captions: readonly string[]): string[] {
  const words = captions.map((caption) => caption.split(' '));
  let shared = captions.length > 1 ? Math.min(...words.map((list) => list.length - 1)) : 0;
  const [first = []] = words;
  while (shared > 0 && !words.every((list) => sameStart(list, first, shared))) shared -= 1;
  return words.map((list) => list.slice(shared).join(' ') || '(empty)');
}

function sameStart(a: readonly string[], b: readonly string[], length: number): boolean {
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Labels of the images in pictures: the file name without extension. */
export function imageName({ path }: Pair): string {
  const name = imageAddress(path).member ?? path;
  return path.startsWith('data:') ? 'data' : basename(name, extname(name));
}

/** The pairs' classes, if all have one. */
export function classesOf(pairs: readonly Pair[]): string[] | undefined {
  const labels = pairs.flatMap(({ label }) => label ?? []);
  return labels.length === pairs.length ? labels : undefined;
}
