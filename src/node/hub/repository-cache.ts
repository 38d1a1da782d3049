import { mkdir, readdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { isCommit } from '../../hub/name.ts';

/**
 * A model's folder in the cache that huggingface_hub keeps, laid out as its "Understand caching" guide says:
 * `blobs/<hash>` hold the bytes, `snapshots/<commit>/<file>` are links to them, `refs/<revision>` hold a commit, and an
 * empty `.no_exist/<commit>/<file>` says that there is no such file.
 */
export class RepositoryCache {
  readonly folder: string;

  constructor(
    readonly cacheFolder: string,
    repo: string,
    /** Replaced in tests: Windows may refuse it. */
    private readonly makeLink: typeof symlink = symlink,
  ) {
    this.folder = join(cacheFolder, ['models', ...repo.split('/')].join('--'));
  }

  snapshot(commit: string): string {
    return join(this.folder, 'snapshots', commit);
  }

  blob(hash: string): string {
    return join(this.folder, 'blobs', hash);
  }

  /** The files beside the weights that are there at a commit. */
  async filesAt(commit: string): Promise<string[]> {
    const names = await readdir(this.snapshot(commit)).catch(() => []);
    const sizes = await Promise.all(names.map((name) => this.sizeOf(commit, name)));
    return names.filter((_, i) => sizes[i] !== undefined);
  }

  /** Bytes of a file at a commit; undefined if it is not there. */
  async sizeOf(commit: string, file: string): Promise<number | undefined> {
    return sizeOf(join(this.snapshot(commit), file));
  }

  async isKnownAbsent(commit: string, file: string): Promise<boolean> {
    return (await sizeOf(this.#absence(commit, file))) !== undefined;
  }

  async markAbsent(commit: string, file: string): Promise<void> {
    await writeWhole(this.#absence(commit, file), '');
  }

  /** The commit that a branch or tag was when it was last asked for. */
  async commitOf(revision: string): Promise<string | undefined> {
    if (isCommit(revision)) return revision;
    const text = await readFile(this.#ref(revision), 'utf8').catch(() => '');
    return isCommit(text.trim()) ? text.trim() : undefined;
  }

  async setCommit(revision: string, commit: string): Promise<void> {
    if ((await this.commitOf(revision)) !== commit) await writeWhole(this.#ref(revision), commit);
  }

  /**
   * Puts a blob into a snapshot: a relative link, so that the cache can be moved. Where links are refused, the blob
   * itself is moved there, as huggingface_hub does.
   */
  async link(commit: string, file: string, hash: string): Promise<void> {
    const [path, blob] = [join(this.snapshot(commit), file), this.blob(hash)];
    await mkdir(dirname(path), { recursive: true });
    const scratch = scratchName(path);
    try {
      await this.makeLink(relative(dirname(path), blob), scratch);
      await rename(scratch, path); // at once: another process may be reading through the link that was there
    } catch (error) {
      if (!['EPERM', 'EACCES', 'ENOSYS', 'ENOTSUP', 'EINVAL', 'UNKNOWN'].includes(codeOf(error))) throw error;
      await rename(blob, path);
    }
  }

  #ref(revision: string): string {
    return join(this.folder, 'refs', ...revision.split('/'));
  }

  #absence(commit: string, file: string): string {
    return join(this.folder, '.no_exist', commit, file);
  }
}

/** Bytes of a regular file, or of the one that a link leads to. */
export async function sizeOf(path: string): Promise<number | undefined> {
  const info = await stat(path).catch(() => undefined);
  return info?.isFile() ? info.size : undefined;
}

/** Renamed into place, so that nobody reads half of it. */
async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const scratch = scratchName(path);
  await writeFile(scratch, text);
  await rename(scratch, path);
}

function scratchName(path: string): string {
  return `${path}.${process.pid}.${crypto.randomUUID().slice(0, 8)}.tmp`;
}

/** The system's code of an error, empty for other errors. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
