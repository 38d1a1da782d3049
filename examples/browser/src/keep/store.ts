import { CannotKeepError, isQuota, KeptDamagedError } from './errors.ts';
import { isNamed, type KeptIndex, NOTHING_KEPT, readIndex, writeIndex } from './kept-index.ts';
import { megabytes } from './megabytes.ts';

const FOLDER = 'biomedclip-kept';

type Locks = Pick<LockManager, 'request'>;

/**
 * What this browser keeps for the page, in its private file system. Whoever reads sees all of one change or nothing of it, and of
 * several tabs one changes it at a time: pieces are written under new names, and then the index that names them.
 */
export class Store {
  constructor(
    private readonly root: FileSystemDirectoryHandle,
    private readonly locks: Locks,
  ) {}

  /** @throws {CannotKeepError} where the browser keeps no files, as in some private windows */
  static async open(): Promise<Store> {
    try {
      return new Store(await navigator.storage.getDirectory(), navigator.locks);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new CannotKeepError(
        `This browser lets the page keep no files, as in a private window or with site data blocked. It says: ${reason}`,
      );
    }
  }

  /** @throws {KeptDamagedError} of `readIndex` */
  read<T>(work: (index: KeptIndex, folder: FileSystemDirectoryHandle) => Promise<T>): Promise<T | undefined> {
    return this.#locked('shared', async () => {
      const folder = await this.#folder();
      return folder && work(await readIndex(folder), folder);
    });
  }

  /**
   * Puts another index in the place of the one that is there, and removes what it does not name. If `work` or a write fails, all
   * stays as it was.
   * @param work writes the pieces of the new index; what is damaged or of another version counts as nothing
   */
  change(work: (index: KeptIndex, folder: FileSystemDirectoryHandle) => Promise<KeptIndex>): Promise<void> {
    return this.#locked('exclusive', async () => {
      const folder = await this.root.getDirectoryHandle(FOLDER, { create: true });
      const before = await readIndex(folder).catch(nothingIfDamaged);
      let after: KeptIndex;
      try {
        after = await work(before, folder);
        if (after === before) return;
        await writeIndex(folder, after);
      } catch (error) {
        await clean(folder, before).catch(() => undefined); // the first failure is the one to tell
        throw isQuota(error) ? await noRoom() : error;
      }
      await clean(folder, after).catch(() => undefined); // it is kept: what cannot be removed yet goes with the next change
    });
  }

  forget(): Promise<void> {
    return this.#locked('exclusive', async () => {
      if (await this.#folder()) await this.root.removeEntry(FOLDER, { recursive: true });
    });
  }

  /** Removes everything, unless another tab has kept something readable meanwhile. */
  forgetUnreadable(): Promise<void> {
    return this.#locked('exclusive', async () => {
      const folder = await this.#folder();
      const isReadable = folder && (await readIndex(folder).then(Boolean, () => false));
      if (folder && !isReadable) await this.root.removeEntry(FOLDER, { recursive: true });
    });
  }

  async #folder(): Promise<FileSystemDirectoryHandle | undefined> {
    try {
      return await this.root.getDirectoryHandle(FOLDER);
    } catch (error) {
      if (error instanceof Error && error.name === 'NotFoundError') return undefined;
      throw error;
    }
  }

  async #locked<T>(mode: LockMode, work: () => Promise<T>): Promise<T> {
    return this.locks.request(FOLDER, { mode }, work);
  }
}

function nothingIfDamaged(error: unknown): KeptIndex {
  if (error instanceof KeptDamagedError) return NOTHING_KEPT;
  throw error;
}

/** Also what an interrupted change left. */
async function clean(folder: FileSystemDirectoryHandle, index: KeptIndex): Promise<void> {
  const names: string[] = [];
  for await (const name of folder.keys()) if (!isNamed(index, name)) names.push(name);
  for (const name of names) await folder.removeEntry(name);
}

async function noRoom(): Promise<CannotKeepError> {
  const { quota = 0, usage = 0 } = await navigator.storage.estimate().catch(() => ({}) as StorageEstimate);
  const left = Math.max(0, quota - usage);
  return new CannotKeepError(
    `This browser has no room for it: about ${megabytes(left)} are left to this page. What was kept before is as it was. Forget that, or free space on the disk, and keep again.`,
  );
}
