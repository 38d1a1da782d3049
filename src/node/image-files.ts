import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { ImageNotFoundError } from '../image/errors.ts';
import { DirectoryReadError, NoImagesError } from './errors.ts';

export interface ImageFile {
  /** The file's name, or the whole path where two files have the same name. */
  readonly id: string;
  /** A path or URL. */
  readonly path: string;
}

/** The endings by which images are found in a directory. A file that is named itself may have any. */
export const IMAGE_EXTENSIONS = ['.jpg', '.jpeg', '.png', '.webp', '.tif', '.tiff', '.gif'] as const;

/** Whether this is a URL of an image, and not a path. */
export function isImageUrl(path: string): boolean {
  return /^(https?|file|data):/i.test(path);
}

/**
 * Files as they are given, and in a directory's place its images in the order of their names (code units, so the
 * same everywhere). Hidden files and directories inside are left out.
 * @param missing what a file that does not exist does: `fail` here, or stay in the list for the reader to report
 * @throws {ImageNotFoundError} if a path is neither file nor directory
 * @throws {NoImagesError} for a directory without images
 * @throws {DirectoryReadError}
 */
export async function listImageFiles(
  paths: readonly string[],
  { missing = 'fail' }: { missing?: 'fail' | 'keep' } = {},
): Promise<ImageFile[]> {
  const found: string[] = [];
  for (const path of paths) {
    const kind = await kindOf(path);
    if (kind === 'missing' && missing === 'fail') throw new ImageNotFoundError(path);
    if (kind === 'directory') found.push(...(await imagesIn(path)));
    else found.push(path);
  }
  return withIds(found);
}

async function kindOf(path: string): Promise<'file' | 'directory' | 'missing'> {
  if (isImageUrl(path)) return 'file';
  const info = await stat(path).catch(() => undefined);
  if (!info) return 'missing';
  return info.isDirectory() ? 'directory' : 'file';
}

async function imagesIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((cause: unknown) => {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new DirectoryReadError(directory, code, { cause });
  });
  const extensions: readonly string[] = IMAGE_EXTENSIONS;
  const names = entries
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .filter((name) => extensions.includes(extname(name).toLowerCase()))
    .sort((a, b) => (a < b ? -1 : 1));
  if (names.length === 0) throw new NoImagesError(directory, IMAGE_EXTENSIONS);
  return names.map((name) => join(directory, name));
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
  return path.startsWith('data:') ? 'data' : basename(path) || path;
}
