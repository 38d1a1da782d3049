import type { Embeddings } from '../../embeddings.ts';
import { throwIfAborted } from '../../errors.ts';
import type { SearchHit } from '../../metrics/search/search-index.ts';
import type { Vectors } from '../../metrics/vectors.ts';
import { untilAborted } from '../../platform/until-aborted.ts';
import type { EmbedBatcher, NamedInput } from './embed-batcher.ts';
import type { FolderSearch } from './folder-search.ts';
import type { ListedImage, NamedFolder } from './named-folders.ts';

export interface IndexedFolder {
  readonly folder: string;
  /** Of the images that can be read; ids are those of the folder. */
  readonly images: Embeddings;
  /** The images that cannot be read, and links out of the folder. */
  readonly failed: readonly FailedImage[];
}

export interface SearchedFolder extends IndexedFolder {
  /** The images most alike to the query, the most alike first, ties by row. */
  readonly hits: readonly SearchHit[];
}

export interface FailedImage {
  readonly folder: string;
  readonly id: string;
  readonly error: Error;
}

export interface IndexOptions {
  readonly signal?: AbortSignal;
  /** Called as images are embedded: those done of all that are new or changed. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** An image as it was embedded, or why it could not be. */
interface Entry {
  readonly stamp: string | undefined;
  readonly row?: Float32Array;
  readonly error?: Error;
}

/** Images that are embedded between two looks at the signal; other requests have their turn in between. */
const IMAGES_A_STEP = 32;

/** The embeddings of a folder, in memory, and kept up: only new and changed images are embedded. */
export class FolderIndex {
  #entries = new Map<string, Entry>();
  #current: IndexedFolder | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly folder: NamedFolder,
    private readonly batcher: EmbedBatcher,
    private readonly onGpu: FolderSearch,
    private readonly dim: () => Promise<number>,
    private readonly input: (id: string, name: string, read: () => Promise<Uint8Array>) => NamedInput,
  ) {}

  /**
   * The folder as it is now. What was embedded before an abort is kept.
   * @throws {AbortedError} @throws {FolderTooLargeError} @throws {FolderGoneError}
   */
  refresh(options: IndexOptions = {}): Promise<IndexedFolder> {
    return this.#inTurn(() => this.#refresh(options), options.signal);
  }

  /**
   * The folder as it is now, and its images that are most alike to a query.
   * @param query `[1, D]`
   * @throws what `refresh` and `SearchIndex.query` throw
   */
  search(query: Vectors, topK: number, options: IndexOptions = {}): Promise<SearchedFolder> {
    const { signal } = options;
    return this.#inTurn(async () => {
      const indexed = await this.#refresh(options);
      return { ...indexed, hits: await this.onGpu.query(indexed.images, query, { topK, signal }) };
    }, signal);
  }

  async #inTurn<T>(run: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const before = this.#turn;
    const work = (async () => {
      await untilAborted(before, signal);
      return run();
    })();
    // The next waits for both: this one may be aborted while the one before it still runs.
    this.#turn = Promise.allSettled([before, work]);
    return work;
  }

  async #refresh({ signal, onProgress }: IndexOptions): Promise<IndexedFolder> {
    throwIfAborted(signal);
    const { images, refused } = await this.folder.list();
    const stale = images.filter(({ id, stamp }) => !this.#isFresh(id, stamp));
    for (let done = 0; done < stale.length; ) {
      const some = stale.slice(done, done + IMAGES_A_STEP);
      await this.#embed(some, signal);
      done += some.length;
      onProgress?.(done, stale.length);
    }
    const listed = new Set(images.map(({ id }) => id));
    const gone = [...this.#entries.keys()].filter((id) => !listed.has(id));
    for (const id of gone) this.#entries.delete(id);
    if (stale.length + gone.length > 0 || !this.#current) this.#current = await this.#collected(images);
    const failed = refused.map(({ id, error }) => ({ folder: this.folder.name, id, error }));
    return { ...this.#current, failed: [...this.#current.failed, ...failed] };
  }

  #isFresh(id: string, stamp: string | undefined): boolean {
    return stamp !== undefined && this.#entries.get(id)?.stamp === stamp;
  }

  async #embed(images: readonly ListedImage[], signal: AbortSignal | undefined): Promise<void> {
    const stamps = new Map<string, string | undefined>();
    const inputs = images.map(({ id }) => {
      const read = async () => {
        const { bytes, stamp } = await this.folder.read(id);
        stamps.set(id, stamp);
        return bytes;
      };
      return this.input(id, `${this.folder.name}/${id}`, read);
    });
    const { images: rows, skipped } = await this.batcher.embed(
      { images: inputs },
      { signal, onError: 'skip' },
    );
    for (const [row, id] of rows.ids.entries()) {
      const own = rows.data.slice(row * rows.dim, (row + 1) * rows.dim);
      this.#entries.set(id, { stamp: stamps.get(id), row: own });
    }
    for (const { id, error } of skipped) this.#entries.set(id, { stamp: stamps.get(id), error });
  }

  /** In the order of the listing. The entries' rows are then parts of it: each is in memory once. */
  async #collected(images: readonly ListedImage[]): Promise<IndexedFolder> {
    const dim = await this.dim();
    const entries = images.map(({ id }) => ({ id, stamp: undefined, ...this.#entries.get(id) }));
    const readable = entries.filter(({ row }) => row !== undefined);
    const data = new Float32Array(readable.length * dim);
    for (const [i, { id, stamp, row = [] }] of readable.entries()) {
      data.set(row, i * dim);
      this.#entries.set(id, { stamp, row: data.subarray(i * dim, (i + 1) * dim) });
    }
    const folder = this.folder.name;
    return {
      folder,
      images: { data, rows: readable.length, dim, ids: readable.map(({ id }) => id) },
      failed: entries.flatMap(({ id, error }) => (error ? [{ folder, id, error }] : [])),
    };
  }
}
