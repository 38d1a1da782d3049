import { abortSignal, anything, callback, checkOptions, type Shape } from '../../arguments.ts';
import type { Gpu } from '../../device/gpu.ts';
import { DestroyedError, InvalidOptionError, throwIfAborted } from '../../errors.ts';
import type { Host } from '../../platform/host-memory.ts';
import { PreparedRows } from '../similarity/rows.ts';
import { type TileLimits, tileLimits } from '../similarity/tiles.ts';
import { checkSameDim, checkVectors, type Vectors } from '../vectors.ts';
import { BestRows } from './best-rows.ts';
import { EmptyIndexError } from './errors.ts';
import { nearestRows } from './nearest-rows.ts';
import { StoredRows } from './stored-rows.ts';

/** How an index keeps its rows. */
export interface SearchIndexOptions {
  /**
   * How rows are stored: `f16` takes half the memory, and moves a cosine by 0.001 at most; sums are f32 in both.
   * Default `f32`.
   */
  readonly dtype?: 'f32' | 'f16';
  /**
   * Bytes of GPU memory for rows, at least 0. Further rows, and those that the GPU has no memory for, are kept on the host
   * and uploaded tile by tile for each query. Default 2^34, 16 GB. Unit: bytes.
   */
  readonly gpuBytes?: number;
}

/** What is known of rows that are added. */
export interface AddedRows {
  /** One a row, given back with what is found. Default: the ids of the rows, or their numbers in the index. */
  readonly ids?: readonly string[];
  /** One a row, given back with what is found. Default: none. */
  readonly captions?: readonly string[];
}

/** How an index is searched. */
export interface QueryOptions {
  /**
   * How many rows are found for each query: an integer from 1 to the rows of the index. Default: 10, or all of fewer.
   * Unit: rows.
   */
  readonly topK?: number;
  /** Ends the call in an `AbortedError` when it fires. */
  readonly signal?: AbortSignal;
  /** Called after each pass over some of the rows. */
  readonly onProgress?: (progress: QueryProgress) => void;
}

/** How far a search is. */
export interface QueryProgress {
  /** Cosines computed. */
  readonly done: number;
  /** Cosines in all: queries times rows. */
  readonly total: number;
}

/** A row that was found. */
export interface SearchHit {
  /** As it was added. */
  readonly id: string;
  /** Its number in the index, from 0 in the order of adding. */
  readonly row: number;
  /** With the query. Not clipped: rounding may give 1 + 1e-7. */
  readonly cosine: number;
  /** As it was added, if it was. */
  readonly caption?: string;
}

const DEFAULT_TOP_K = 10;
const ADDED_ROWS: Shape<AddedRows> = { ids: anything, captions: anything };
const QUERY_OPTIONS: Shape<QueryOptions> = { topK: anything, signal: abortSignal, onProgress: callback };

/** The parts of a device that tests make smaller. */
export type SearchLimits = TileLimits & { readonly tileRows?: number };

/** Rows in GPU memory to be searched by brute force. Calls that overlap are queued. */
export interface SearchIndex extends AsyncDisposable {
  /** Rows that were added. */
  readonly rows: number;
  /** D, the length of a row; undefined before the first. */
  readonly dim: number | undefined;
  /**
   * Adds rows `[n, D]` of any length but 0. If the GPU or the memory fails on the way, the index is destroyed.
   * @throws {ShapeError} unless they are as wide as those before @throws {NonFiniteVectorError} @throws {ZeroVectorError}
   * @throws {InvalidOptionError} unless there is an id and a caption for each @throws {DeviceLimitError}
   * @throws {HostMemoryError} @throws {NoAdapterError} @throws {DestroyedError}
   */
  add(rows: Vectors, known?: AddedRows): Promise<void>;
  /**
   * The rows with the greatest cosines for each query `[n, D]`, the best first, ties by row.
   * @returns one list a query
   * @throws {EmptyIndexError} @throws {InvalidOptionError} for a `topK` beyond the rows of the index
   * @throws {ShapeError} @throws {NonFiniteVectorError} @throws {ZeroVectorError} @throws {HostMemoryError}
   * @throws {DeviceLimitError} @throws {UnknownOptionError} @throws {AbortedError} @throws {DestroyedError}
   */
  query(queries: Vectors, options?: QueryOptions): Promise<SearchHit[][]>;
  /** Frees the memory once calls under way are done. Later calls end in a `DestroyedError`. Idempotent. */
  destroy(): void;
  /** Frees the memory, and waits until calls under way are done. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** An index on one GPU. */
export class GpuSearchIndex implements SearchIndex {
  #stored: StoredRows | undefined;
  #width: Pick<Vectors, 'dim'> | undefined;
  readonly #ids: string[] = [];
  readonly #captions: (string | undefined)[] = [];
  #turn: Promise<unknown> = Promise.resolve();
  #destroyed = false;

  constructor(
    private readonly gpu: () => Promise<Gpu>,
    private readonly options: SearchIndexOptions,
    private readonly host: Host = {},
    private readonly limits?: SearchLimits,
  ) {}

  get rows(): number {
    return this.#ids.length;
  }

  get dim(): number | undefined {
    return this.#width?.dim;
  }

  add(rows: Vectors, known: AddedRows = {}): Promise<void> {
    return this.#inTurn(async () => {
      checkOptions('add', 'known', known, ADDED_ROWS);
      this.#check('add', 'rows', rows);
      const ids = known.ids ?? rows.ids;
      expectStrings('ids', ids, rows.rows);
      expectStrings('captions', known.captions, rows.rows);
      const prepared = new PreparedRows('rows', rows, 'cosine', 1);
      if (rows.rows === 0) return;
      this.#stored ??= await this.#open(prepared.dim);
      this.#width ??= { dim: rows.dim };
      try {
        await this.#stored.add(prepared);
      } catch (error) {
        this.destroy(); // some rows may be in
        throw error;
      }
      for (let row = 0; row < rows.rows; row++) {
        this.#ids.push(ids?.[row] ?? String(this.#ids.length));
        this.#captions.push(known.captions?.[row]);
      }
    });
  }

  query(queries: Vectors, options: QueryOptions = {}): Promise<SearchHit[][]> {
    return this.#inTurn(async () => {
      checkOptions('query', 'options', options, QUERY_OPTIONS);
      const { signal, onProgress } = options;
      throwIfAborted(signal);
      const stored = this.#stored;
      if (!stored) throw new EmptyIndexError();
      this.#check('query', 'queries', queries);
      const { topK = Math.min(DEFAULT_TOP_K, this.rows) } = options;
      if (!Number.isSafeInteger(topK) || topK < 1 || topK > this.rows) {
        throw new InvalidOptionError(
          'topK',
          `an integer from 1 to ${this.rows}, the rows of the index`,
          topK,
        );
      }
      const prepared = new PreparedRows('queries', queries, 'cosine', 1);
      const best = new BestRows(queries.rows, topK, this.host);
      if (queries.rows > 0) {
        await nearestRows(stored.gpu, stored.format, await stored.tiles(), prepared, best, {
          limits: stored.limits,
          signal,
          onProgress: (done, total) => onProgress?.({ done, total }),
        });
      }
      return Array.from({ length: queries.rows }, (_, query) => this.#hits(best, query));
    });
  }

  destroy(): void {
    this.#destroyed = true;
    void this[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#destroyed = true;
    await this.#turn;
    this.#stored?.destroy();
    this.#stored = undefined;
  }

  /** After the calls before it. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(() => {
      if (this.#destroyed) throw new DestroyedError('the search index');
      return work();
    });
    this.#turn = result.catch(() => {});
    return result;
  }

  #check(call: string, name: string, vectors: Vectors): void {
    checkVectors(call, name, vectors);
    if (this.#width) checkSameDim(call, name, { ...vectors, dim: this.#width.dim }, vectors);
  }

  async #open(dim: number): Promise<StoredRows> {
    const gpu = await this.gpu();
    return new StoredRows(gpu, dim, this.options, this.limits ?? tileLimits(gpu), this.host);
  }

  #hits({ k, rows, cosines }: BestRows, query: number): SearchHit[] {
    return Array.from({ length: k }, (_, place) => {
      const row = rows[query * k + place] ?? 0;
      const caption = this.#captions[row];
      const cosine = cosines[query * k + place] ?? 0;
      return { id: this.#ids[row] ?? '', row, cosine, ...(caption === undefined ? {} : { caption }) };
    });
  }
}

function expectStrings(name: string, values: readonly string[] | undefined, rows: number): void {
  if (values === undefined) return;
  const fits =
    Array.isArray(values) && values.length === rows && values.every((value) => typeof value === 'string');
  if (!fits)
    throw new InvalidOptionError(name, `an array of strings, one for each of the ${rows} rows`, values);
}
