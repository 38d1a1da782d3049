import type { Dirent } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { hasImageEnding, IMAGE_ENDINGS } from '../image/endings.ts';
import { ImageNotFoundError } from '../image/errors.ts';
import { imageFormat } from '../image/header.ts';
import { DirectoryReadError, NoImagesError, systemCode } from './errors.ts';
import { imageAddress } from './image-address.ts';
import { chosenFrames, type FrameOptions } from './image-frames.ts';
import { isPattern, matchesOf } from './image-patterns.ts';
import { isObjectAddress } from './object-store/address.ts';
import { objectsBelow } from './object-store/input-objects.ts';
import { chosenTiles, isSlideName, type TileOptions } from './slide-tiles.ts';

export interface ImageFile {
  /** The file's name, or the whole path where two files have the same name. */
  readonly id: string;
  /** A path or URL. */
  readonly path: string;
}

/** Whether this is a URL of an image, and not a path. */
export function isImageUrl(path: string): boolean {
  return /^(https?|file|data|s3):/i.test(path);
}

export interface ListOptions extends FrameOptions, TileOptions {
  /** For a file that does not exist: `fail` throws here, `keep` leaves it for the reader to report. */
  readonly missing?: 'fail' | 'keep';
  /** Lists subdirectories too; their files are identified by path. */
  readonly recursive?: boolean;
  /** A path that is not there is taken for a pattern, if it is one. */
  readonly patterns?: boolean;
  /** Paths that are none, whatever they look like. */
  readonly literal?: ReadonlySet<string>;
}

export interface ListedImages {
  readonly files: readonly ImageFile[];
  /** What was left out of directories. */
  readonly notes: readonly string[];
}

/**
 * The given files, with each directory replaced by its images, sorted by name with numbers in numeric order (2 before
 * 10; else by code units, so the same everywhere). Hidden files and directories are left out.
 * @throws {ImageNotFoundError} if a path is neither file nor directory @throws {NoMatchError} for a pattern
 * @throws {NoImagesError} for a directory without images
 * @throws {DirectoryReadError} @throws {NoSuchFrameError}
 */
export async function listImageFiles(
  paths: readonly string[],
  options: ListOptions = {},
): Promise<ListedImages> {
  const { missing = 'fail', recursive = false, patterns = false, literal } = options;
  const found: string[] = [];
  const notes: string[] = [];
  for (const path of patterns ? await expanded(paths, literal) : paths) {
    const kind = await kindOf(path);
    if (kind === 'missing' && missing === 'fail') throw new ImageNotFoundError(path);
    if (kind === 'bucket') {
      const { images, others } = await objectsBelow(path, recursive);
      if (images.length === 0) throw new NoImagesError(path, IMAGE_ENDINGS);
      for (const image of images.sort(byNameAndNumber)) found.push(image);
      notes.push(...notesOfLeftOut(path, others, []));
    } else if (kind === 'directory') {
      const { images, others, directories } = await contentsOf(path, recursive);
      if (images.length === 0) throw new NoImagesError(path, IMAGE_ENDINGS);
      for (const image of images) found.push(image);
      notes.push(...notesOfLeftOut(path, others, directories));
    } else found.push(path);
  }
  const cut = await chosenTiles(await chosenFrames(found, options), options);
  return { files: withIds(cut.images), notes: [...notes, ...cut.notes] };
}

/** Patterns that no shell has expanded, by what they match; a file whose name has brackets is itself. */
async function expanded(paths: readonly string[], named?: ReadonlySet<string>): Promise<string[]> {
  const lists: string[][] = [];
  for (const path of paths) {
    const literal = named?.has(path) || !isPattern(path) || (await kindOf(path)) !== 'missing';
    lists.push(literal ? [path] : (await matchesOf(path)).sort(byNameAndNumber));
  }
  return lists.flat();
}

async function kindOf(path: string): Promise<'file' | 'directory' | 'bucket' | 'missing'> {
  const { file, member } = imageAddress(path);
  const isNamed = member !== undefined || hasImageEnding(file) || isSlideName(file);
  if (isObjectAddress(file) && !isNamed) return 'bucket';
  if (isImageUrl(file)) return 'file';
  const info = await stat(file).catch(() => undefined);
  if (!info) return 'missing';
  return info.isDirectory() ? 'directory' : 'file';
}

interface Contents {
  readonly images: string[];
  /** Files of other kinds. */
  readonly others: string[];
  /** Subdirectories that were not listed. */
  readonly directories: string[];
}

/**
 * @param contents filled with the result: one list for all folders, since spreading a long list into a call overflows
 *   the stack
 */
async function contentsOf(
  directory: string,
  recursive: boolean,
  contents: Contents = { images: [], others: [], directories: [] },
): Promise<Contents> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((cause: unknown) => {
    const code = systemCode(cause);
    throw new DirectoryReadError(directory, code, { cause });
  });
  for (const entry of entries.sort((a, b) => byNameAndNumber(a.name, b.name))) {
    const path = join(directory, entry.name);
    if (entry.name.startsWith('.')) continue;
    if (!(await isDirectory(entry, path))) {
      contents[
        hasImageEnding(path) || (entry.isFile() && (await isUnnamedDicom(path))) ? 'images' : 'others'
      ].push(path);
    } else if (recursive && !entry.isSymbolicLink()) {
      // Links are not followed: they may form a cycle.
      await contentsOf(path, recursive, contents);
    } else contents.directories.push(path);
  }
  return contents;
}

/** Scanners name DICOM files by a number, a UID or a word, so what has no ending is told by its first bytes. */
async function isUnnamedDicom(path: string): Promise<boolean> {
  const isNamed = /\.\D[^.]*$/.test(basename(path)) || basename(path).toUpperCase() === 'DICOMDIR';
  if (isNamed) return false;
  const file = await open(path).catch(() => undefined); // its reader reports what cannot be read
  const { buffer } = (await file?.read(Buffer.alloc(132)).catch(() => undefined)) ?? {};
  await file?.close();
  return buffer !== undefined && imageFormat(buffer) === 'DICOM';
}

async function isDirectory(entry: Dirent, path: string): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  return (await kindOf(path)) === 'directory';
}

/** Runs of digits by their number, all else by code units. */
export function byNameAndNumber(a: string, b: string): number {
  const [left, right] = [a, b].map((name) => name.split(/(\d+)/)) as [string[], string[]];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const [x = '', y = ''] = [left[i], right[i]];
    const numeric = i % 2 === 1 && BigInt(x) !== BigInt(y);
    if (numeric) return BigInt(x) < BigInt(y) ? -1 : 1;
    if (x !== y && i % 2 === 0) return x < y ? -1 : 1;
  }
  return left.length - right.length || (a < b ? -1 : Number(a > b));
}

function notesOfLeftOut(
  directory: string,
  others: readonly string[],
  directories: readonly string[],
): string[] {
  const kinds = new Map<string, number>();
  for (const path of others) {
    const kind = extname(path).toLowerCase() || 'no ending';
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  const counted = [...kinds].map(([kind, count]) => `${count} ${kind}`).join(', ');
  return [
    ...(others.length > 0 ? [`${directory}: left out, being no images: ${counted}`] : []),
    ...(directories.length > 0
      ? [
          `${directory}: not looked into: ${someOf(
            directories.map((path) => basename(path)),
            'folder',
          )}; --recursive does`,
        ]
      : []),
  ];
}

/** `3 images (a.png, b.png, c.png)` */
export function someOf(names: readonly string[], what: string, several = `${what}s`): string {
  const shown = names.slice(0, 3).join(', ');
  return `${names.length} ${names.length === 1 ? what : several} (${shown}${names.length > 3 ? ', …' : ''})`;
}

function withIds(paths: readonly string[]): ImageFile[] {
  const holders = new Map<string, Set<string>>();
  for (const path of paths) {
    const name = nameOf(path);
    holders.set(name, (holders.get(name) ?? new Set()).add(path));
  }
  return paths.map((path) => {
    const name = nameOf(path);
    return { path, id: holders.get(name)?.size === 1 ? name : path };
  });
}

function nameOf(path: string): string {
  const { file } = imageAddress(path);
  return path.startsWith('data:') ? 'data' : (basename(file) || file) + path.slice(file.length);
}
