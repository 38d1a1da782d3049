import type { BigIntStats } from 'node:fs';
import { constants, type FileHandle, lstat, readlink, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { hasImageEnding, IMAGE_ENDINGS } from '../../image/endings.ts';
import { ImageNotFoundError, UnreadableImageError } from '../../image/errors.ts';
import { DirectoryReadError, NoImagesError, UsageError } from '../errors.ts';
import { fileStamp } from '../file-stamp.ts';
import { readImageFile } from '../image-bytes.ts';
import { listImageFiles } from '../image-files.ts';
import { FolderGoneError, FolderTooLargeError, OutsideFolderError, UnknownFolderError } from './errors.ts';

/** An image of a folder. */
export interface ListedImage {
  /** Its path within the folder, with `/` between the parts. */
  readonly id: string;
  /** Undefined where it changed a moment ago. */
  readonly stamp: string | undefined;
}

export interface FolderListing {
  readonly images: readonly ListedImage[];
  /** Links out of the folder, and what is no regular file. */
  readonly refused: readonly { readonly id: string; readonly error: Error }[];
}

/** Images of a folder, 4 kB each in memory once they are embedded. */
const MOST_IMAGES = 200_000;
/** File system calls at once. */
const AT_ONCE = 64;
/** A link, or a pipe that nobody writes to, must not be opened. Undefined on Windows. */
const READ_NO_LINK = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** A folder that a service may read images of, and of nothing beside it. */
export class NamedFolder {
  private constructor(
    readonly name: string,
    /** Without links. */
    private readonly root: string,
    private readonly recursive: boolean,
  ) {}

  /** @throws {UsageError} unless the path is a folder */
  static async open(name: string, path: string, recursive: boolean): Promise<NamedFolder> {
    const root = await realpath(path).catch(() => undefined);
    if (root === undefined) throw new UsageError(`--folder ${name}=${path}: there is no such folder`);
    if (!(await isFolder(root))) throw new UsageError(`--folder ${name}=${path}: is no folder`);
    return new NamedFolder(name, root, recursive);
  }

  /** The images that are there now. @throws {FolderTooLargeError} @throws {FolderGoneError} */
  async list(): Promise<FolderListing> {
    const files = await this.#files();
    if (files.length > MOST_IMAGES) throw new FolderTooLargeError(this.name, files.length, MOST_IMAGES);
    const images: ListedImage[] = [];
    const refused: { id: string; error: Error }[] = [];
    for (let at = 0; at < files.length; at += AT_ONCE) {
      const some = files.slice(at, at + AT_ONCE);
      for (const found of await Promise.all(some.map((path) => this.#listed(path)))) {
        if ('error' in found) refused.push(found);
        else images.push(found);
      }
    }
    return { images, refused };
  }

  /**
   * The bytes of one image.
   * @throws {OutsideFolderError} for an id or a link that leads out of the folder
   * @throws {ImageNotFoundError} @throws {UnreadableImageError} @throws {ImageFileSizeError}
   */
  async read(id: string): Promise<{ readonly bytes: Uint8Array; readonly stamp?: string }> {
    const name = `${this.name}/${id}`;
    const path = join(this.root, ...this.partsOf(id));
    const real = await realpath(path).catch((cause: unknown) => {
      throw new ImageNotFoundError(name, { cause });
    });
    this.#expectInside(id, real);
    if (!(await lstat(real)).isFile()) throw new UnreadableImageError(name, 'it is no regular file');
    const check = (file: FileHandle) => this.#expectOpenedInside(id, path, file);
    return readImageFile(real, { name, flags: READ_NO_LINK, check });
  }

  /** A folder on the way may have become a link since the path was looked at; the open file stays what it is. */
  async #expectOpenedInside(id: string, path: string, file: FileHandle): Promise<void> {
    const opened = await file.stat({ bigint: true });
    if (!opened.isFile()) throw new UnreadableImageError(`${this.name}/${id}`, 'it is no regular file');
    const real = await readlink(`/proc/self/fd/${file.fd}`).catch(() => undefined); // Linux knows it
    if (real !== undefined) return this.#expectInside(id, real);
    const now = await realpath(path);
    this.#expectInside(id, now);
    const { dev, ino } = await lstat(now, { bigint: true });
    if (dev !== opened.dev || ino !== opened.ino)
      throw new OutsideFolderError(this.name, id, 'was swapped while it was opened');
  }

  /** Errors do not tell where the folder is. */
  async #files(): Promise<readonly string[]> {
    if (!(await isFolder(this.root))) throw new FolderGoneError(this.name, 'there is no such folder now');
    try {
      const { files } = await listImageFiles([this.root], { recursive: this.recursive });
      return files.map(({ path }) => path);
    } catch (error) {
      if (error instanceof NoImagesError) return []; // images may come later
      if (!(error instanceof DirectoryReadError)) throw error;
      const reason = `${relative(this.root, error.directory) || 'it'}: ${error.reason}`;
      throw new FolderGoneError(this.name, reason, { cause: error });
    }
  }

  async #listed(path: string): Promise<ListedImage | { readonly id: string; readonly error: Error }> {
    const id = relative(this.root, path).split(sep).join('/');
    try {
      const real = await realpath(path); // folders on the way may be links by now
      this.#expectInside(id, real);
      const info: BigIntStats = await lstat(real, { bigint: true });
      if (!info.isFile()) throw new UnreadableImageError(`${this.name}/${id}`, 'it is no regular file');
      return { id, stamp: fileStamp(info) };
    } catch (error) {
      if (error instanceof OutsideFolderError || error instanceof UnreadableImageError) return { id, error };
      return { id, error: new ImageNotFoundError(`${this.name}/${id}`, { cause: error }) };
    }
  }

  /** The parts of an id. @throws {OutsideFolderError} for one that is of no image within the folder */
  partsOf(id: string): string[] {
    const parts = id.split('/');
    const refuse = (reason: string) => new OutsideFolderError(this.name, id, reason);
    if (/[\\\0]/.test(id) || parts.some((part) => part === '' || part.startsWith('.'))) {
      throw refuse('is absolute, hidden, or has .. in it');
    }
    if (!hasImageEnding(id)) throw refuse(`ends in none of ${IMAGE_ENDINGS.join(' ')}`);
    if (parts.length > 1 && !this.recursive)
      throw refuse('is in a folder inside, and --recursive is not set');
    return parts;
  }

  #expectInside(id: string, real: string): void {
    const inside = real.startsWith(this.root.endsWith(sep) ? this.root : this.root + sep);
    if (!inside) throw new OutsideFolderError(this.name, id, 'is a link out of the folder');
  }
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => info.isDirectory(),
    () => false,
  );
}

/** The folders of a service, by name. */
export class NamedFolders {
  readonly #folders: ReadonlyMap<string, NamedFolder>;

  constructor(folders: readonly NamedFolder[]) {
    this.#folders = new Map(folders.map((folder) => [folder.name, folder]));
  }

  /** @param pairs `name=path` @throws {UsageError} */
  static async open(pairs: readonly string[], recursive = false): Promise<NamedFolders> {
    const folders: NamedFolder[] = [];
    for (const pair of pairs) {
      const [, name, path] = /^([A-Za-z0-9][\w.-]{0,63})=(.+)$/.exec(pair) ?? [];
      if (name === undefined || path === undefined) {
        throw new UsageError(
          `--folder ${pair}: must be name=path, with a name of letters, digits, "-", "_" and "."`,
        );
      }
      if (folders.some((folder) => folder.name === name))
        throw new UsageError(`--folder ${name}: is there twice`);
      folders.push(await NamedFolder.open(name, path, recursive));
    }
    return new NamedFolders(folders);
  }

  get names(): string[] {
    return [...this.#folders.keys()];
  }

  /** @throws {UnknownFolderError} */
  get(name: string): NamedFolder {
    const folder = this.#folders.get(name);
    if (!folder) throw new UnknownFolderError(name, this.names);
    return folder;
  }
}
