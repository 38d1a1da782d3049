import { archiveFiles, type ReadArchives, readArchives } from '../archives.ts';
import type { ReadCaptions } from '../captions.ts';
import { type CaptionOptions, captionsReading } from '../cli/caption-options.ts';
import type { ImageFile, ListedImages } from '../image-files.ts';
import { type RowFacts, rowFacts } from '../manifest.ts';

/** Paths that name archives, and all others. @param literal paths that are no patterns */
export async function archivesIn(
  paths: readonly string[],
  literal: ReadonlySet<string> = new Set(),
): Promise<{ readonly archives: readonly string[]; readonly others: readonly string[] }> {
  const archives: string[] = [];
  const others: string[] = [];
  for (const path of paths) {
    const files = await archiveFiles(path, literal.has(path));
    if (files) archives.push(...files);
    else others.push(path);
  }
  return { archives, others };
}

/** The images of archives and their captions, if they have any; undefined for none. */
export async function readImageArchives(
  files: readonly string[],
  reading: CaptionOptions,
): Promise<ReadArchives | undefined> {
  return files.length === 0
    ? undefined
    : readArchives(files, { ...captionsReading(reading), imagesAlone: true });
}

/** The captions among the rows; undefined where there are none. */
export function captionsIn(archived: ReadArchives | undefined): ReadCaptions | undefined {
  const captions = (archived?.rows ?? []).flatMap(({ text, ...row }) =>
    text === undefined ? [] : { ...row, text },
  );
  return captions.length === 0
    ? undefined
    : { kind: 'table', guessed: false, captions, notes: archived?.notes };
}

/** Images without a caption have the id, class and group that the archive says. */
export function withFactsOf(
  archived: ReadArchives | undefined,
  { files, notes }: ListedImages,
): ListedImages & { readonly files: readonly (ImageFile & RowFacts)[] } {
  const alone = new Map(
    (archived?.rows ?? []).flatMap((row) =>
      row.text === undefined && row.image !== undefined ? [[row.image, row]] : [],
    ),
  );
  const found = files.map((file) => {
    const row = alone.get(file.path);
    return row ? { ...file, id: row.id, ...rowFacts(row) } : file;
  });
  return { files: found, notes };
}
