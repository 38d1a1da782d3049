import { basename, dirname, extname, resolve } from 'node:path';
import { NoPairsError } from '../archives/errors.ts';
import { type CaptionRow, type CaptionsFile, readCaptionsFile } from '../tables/captions.ts';
import type { ColumnNames } from '../tables/columns.ts';
import { archiveFiles, readArchives } from './archives.ts';
import { imageAddress } from './image-address.ts';
import { isImageUrl } from './image-files.ts';
import { type InputFile, inputFolder, inputName } from './input-file.ts';
import type { RowFacts } from './manifest.ts';
import { readInput } from './text-file.ts';

/** A row of captions. Its `image` is a whole path, or a URL. */
export type Caption = CaptionRow;

export interface ReadCaptionsOptions {
  readonly encoding?: string;
  /** Names of columns; others are found by the names that people use. */
  readonly columns?: ColumnNames;
  /** Columns that a table must have besides images or ids. Default: captions. */
  readonly needs?: readonly ('caption' | 'label')[];
}

export interface ReadCaptions extends CaptionsFile {
  /** Of an archive: what was left out or assumed, as sentences. */
  readonly notes?: readonly string[];
  /** That the kind was told by what is in the file, its name having no ending. */
  readonly guessed: boolean;
}

/**
 * Reads captions, see `readCaptionsFile`, or those of an archive or several, see `readArchives`; images lie relative to the file. What comes through a pipe is told apart by its
 * first line.
 * @throws {TextFileReadError} @throws {BiomedClipError} what `readCaptionsFile` throws
 */
export async function readCaptions(
  file: InputFile,
  { encoding, columns, needs }: ReadCaptionsOptions = {},
): Promise<ReadCaptions> {
  const archives = typeof file === 'string' ? await archiveFiles(file) : undefined;
  if (archives) return captionsOf(archives, { encoding, columns });
  const name = inputName(file);
  const guessed = typeof file !== 'string' && extname(name) === '';
  const read = readCaptionsFile(await readInput(file), name, {
    ...{ encoding, columns, needs, guess: guessed },
    ...{ encodingOption: 'pass --encoding', byOption: true },
  });
  const folder = inputFolder(file);
  return {
    ...read,
    guessed,
    captions: read.captions.map((caption) => placed(caption, folder)),
  };
}

async function captionsOf(archives: readonly string[], options: ReadCaptionsOptions): Promise<ReadCaptions> {
  const { rows, notes } = await readArchives(archives, options);
  const captions = rows.flatMap(({ text, ...row }) => (text === undefined ? [] : { ...row, text }));
  if (captions.length === 0) throw new NoPairsError(archives, notes);
  return { kind: 'table', guessed: false, captions, notes };
}

/** An image of several captions is one item, so all its rows get the id of its first. */
export function withSharedIds(captions: readonly Caption[]): Caption[] {
  const first = new Map<string, string>();
  return captions.map((caption) => {
    if (caption.image === undefined) return caption;
    const id = first.get(caption.image) ?? caption.id;
    first.set(caption.image, id);
    return { ...caption, id };
  });
}

function placed(caption: CaptionRow, folder: string): Caption {
  const { image } = caption;
  return image === undefined || isImageUrl(image) ? caption : { ...caption, image: resolve(folder, image) };
}

/** What folders are asked to say. */
export interface FolderFacts {
  /** The name of each image's folder is its class. */
  readonly labelFrom?: 'folder';
  /** It is its group. */
  readonly groupFrom?: 'folder';
}

/** What the folder of an image says, where that is asked for; of a URL nothing. */
export function folderFacts(image: string, { labelFrom, groupFrom }: FolderFacts): RowFacts {
  const { member } = imageAddress(image);
  if (isImageUrl(image) && member === undefined) return {};
  const folder = basename(dirname(member ?? resolve(image)));
  if (folder === '.') return {}; // at the top of an archive
  return { ...(labelFrom && { label: folder }), ...(groupFrom && { group: folder }) };
}
