import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type ArchiveOptions, type ArchiveRow, isArchiveName } from '../archives/archive.ts';
import { NoPairsError } from '../archives/errors.ts';
import { expectOwnIds, openArchive } from '../archives/open-archive.ts';
import { shardNames } from '../archives/shards.ts';
import { byNameAndNumber, isImageUrl } from './image-files.ts';
import { isPattern, matchesOf } from './image-patterns.ts';
import { openInput } from './open-input.ts';

/** A row of an archive whose image is a whole path, a URL, or the address of one in the archive. */
export interface PlacedRow extends Omit<ArchiveRow, 'member'> {}

export interface ReadArchives {
  readonly rows: readonly PlacedRow[];
  /** What was left out or assumed, as sentences. */
  readonly notes: readonly string[];
}

/**
 * The archives that an argument names: one, `shard-{000..009}.tar`, or what a quoted pattern matches, in order of name and
 * number. Undefined for what is no archive by its ending, or a directory.
 * @param literal whether it is no pattern @throws {NoMatchError}
 */
export async function archiveFiles(path: string, literal = false): Promise<string[] | undefined> {
  if (!isArchiveName(path)) return undefined;
  const info = await stat(path).catch(() => undefined);
  if (info) return info.isDirectory() ? undefined : [path];
  const names = literal ? [path] : shardNames(path);
  if (names.length > 1 || literal || isImageUrl(path) || !isPattern(path)) return names;
  return (await matchesOf(path)).sort(byNameAndNumber);
}

/** The rows of archives that are one set. @throws {BiomedClipError} what `openArchive` and `expectOwnIds` throw */
export async function readArchives(files: readonly string[], options: ArchiveOptions): Promise<ReadArchives> {
  const archives = [];
  for (const file of files) {
    const archive = await openArchive(await openInput(file), { byOption: true, ...options });
    await archive.close(); // images are read by their addresses, later
    archives.push(archive);
  }
  expectOwnIds(archives);
  const rows = archives.flatMap(({ name, rows }) => rows.map((row) => placed(row, name)));
  const notes = archives.flatMap((archive) => archive.notes);
  if (rows.length === 0) throw new NoPairsError(files, notes);
  return { rows, notes };
}

function placed({ member, image, ...row }: ArchiveRow, file: string): PlacedRow {
  if (member !== undefined) return { ...row, image: `${isImageUrl(file) ? file : resolve(file)}#${member}` };
  if (image === undefined || isImageUrl(image)) return { ...row, image };
  const beside = isImageUrl(file) ? new URL(encodeURI(image), file).href : resolve(file, '..', image);
  return { ...row, image: beside };
}
