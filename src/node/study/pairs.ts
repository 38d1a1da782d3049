import { stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { readCaptions } from '../captions.ts';
import type { Session } from '../cli/session.ts';
import { inputOf } from '../cli/standard-streams.ts';
import { UsageError } from '../errors.ts';

/** An image and the caption that belongs to it. */
export interface Pair {
  /** The row's id: the image as the CSV names it. */
  readonly id: string;
  /** Path or URL of the image. */
  readonly path: string;
  readonly caption: string;
  /** The class, where the CSV has a column `label`. */
  readonly label?: string;
}

const CAPTIONS_FILE = 'captions.csv';

/**
 * The pairs of a CSV with the header `image,caption`, or of a directory with such a `captions.csv`.
 * @param first only the first so many rows
 * @throws {UsageError} where there is no such file, or it names no images
 */
export async function readPairsOf(source: string, session: Session, first?: number): Promise<Pair[]> {
  const captions = await readCaptions(await inputOf(await captionsFile(source), session));
  const pairs = captions.map(({ id, text, image, label }) => {
    if (image === undefined) {
      throw new UsageError(
        `${source}: a study needs the column image, which says what each caption belongs to`,
      );
    }
    return { id, path: image, caption: text, label };
  });
  return pairs.slice(0, first);
}

async function captionsFile(source: string): Promise<string> {
  if (source === '-') return source;
  const info = await stat(source).catch(() => undefined);
  if (!info?.isDirectory()) return source; // the reader reports a missing file
  const file = join(source, CAPTIONS_FILE);
  if (await stat(file).catch(() => undefined)) return file;
  throw new UsageError(
    `${source}: has no ${CAPTIONS_FILE} with the header image,caption; name the CSV instead`,
  );
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
  return path.startsWith('data:') ? 'data' : basename(path, extname(path));
}

/** The pairs' classes, if all have one. */
export function classesOf(pairs: readonly Pair[]): string[] | undefined {
  const labels = pairs.flatMap(({ label }) => label ?? []);
  return labels.length === pairs.length ? labels : undefined;
}
