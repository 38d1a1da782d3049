import { GpuOutOfMemoryError } from '../../device/errors.ts';
import type { Gpu } from '../../device/gpu.ts';
import type { Tensor } from '../../device/tensor.ts';
import { halfStorage } from '../../kernels/gemm/packed-matrix.ts';
import { expectHostMemory, type Host, HostMemoryError } from '../../platform/host-memory.ts';
import type { PreparedRows } from '../similarity/rows.ts';
import {
  allocTile,
  fillTile,
  type RowTile,
  readTile,
  type TileFormat,
  tileBytes,
  tileFormat,
} from './row-tile.ts';
import type { SearchIndexOptions, SearchLimits } from './search-index.ts';

const DEFAULT_GPU_BYTES = 2 ** 34;
/** Tiles that go to the host when the GPU's memory is full, so that a query's own buffers find room. */
const MADE_ROOM = 8;

/** The rows of an index: whole tiles on the GPU or the host, and the rows after them until they fill one. */
export class StoredRows {
  readonly format: TileFormat;
  readonly #whole: RowTile[] = [];
  #rest: Float32Array[] = [];
  #restRows = 0;
  /** The rows after the whole tiles as a tile, until more are added. */
  #last: (RowTile & { readonly words: Tensor }) | undefined;
  #gpuBytes: number;

  /** @throws {DeviceLimitError} */
  constructor(
    readonly gpu: Gpu,
    dim: number,
    { dtype = 'f32', gpuBytes = DEFAULT_GPU_BYTES }: SearchIndexOptions,
    readonly limits: SearchLimits,
    private readonly host: Host,
  ) {
    this.format = tileFormat('searchIndex', dim, dtype === 'f16' ? halfStorage(gpu) : 'f32', limits);
    this.#gpuBytes = gpuBytes;
  }

  async add(rows: PreparedRows): Promise<void> {
    this.#freeLast();
    for (let at = 0; at < rows.rows; ) {
      const count = Math.min(this.format.rows - this.#restRows, rows.rows - at);
      this.#rest.push(rows.read(at, count));
      this.#restRows += count;
      at += count;
      if (this.#restRows === this.format.rows) await this.#close();
    }
  }

  /** All rows, in order. */
  async tiles(): Promise<readonly RowTile[]> {
    if (this.#restRows > 0 && !this.#last) {
      const words = await this.#packed();
      this.#last = { firstRow: this.#firstOfRest, rows: this.#restRows, words };
    }
    return this.#last ? [...this.#whole, this.#last] : this.#whole;
  }

  destroy(): void {
    this.#freeLast();
    for (const { words } of this.#whole) if (!(words instanceof Float32Array)) this.gpu.free(words);
    this.#whole.length = 0;
  }

  get #firstOfRest(): number {
    return this.#whole.length * this.format.rows;
  }

  /** Makes a whole tile of the rows at the end, on the GPU where there is room. */
  async #close(): Promise<void> {
    const bytes = tileBytes(this.format, this.format.rows);
    const words = await this.#packed();
    const tile = { firstRow: this.#firstOfRest, rows: this.#restRows };
    if (bytes <= this.#gpuBytes) {
      this.#gpuBytes -= bytes;
      this.#whole.push({ ...tile, words });
    } else this.#whole.push({ ...tile, words: await this.#toHost(words) });
    this.#rest = [];
    this.#restRows = 0;
  }

  /** The rows at the end, packed on the GPU; if that is full, once some tiles have left it. */
  async #packed(): Promise<Tensor> {
    const values = new Float32Array(this.#restRows * this.format.dim);
    let at = 0;
    for (const part of this.#rest) {
      values.set(part, at);
      at += part.length;
    }
    const words = await this.#room();
    await fillTile(this.gpu, this.format, words, values).catch((error: unknown) => {
      this.gpu.free(words);
      throw error;
    });
    return words;
  }

  async #room(): Promise<Tensor> {
    try {
      return await allocTile(this.gpu, this.format, this.#restRows);
    } catch (error) {
      if (!(error instanceof GpuOutOfMemoryError)) throw error;
      await this.#makeRoom(error);
      return allocTile(this.gpu, this.format, this.#restRows);
    }
  }

  /** @throws {GpuOutOfMemoryError} where no tile can leave */
  async #makeRoom(error: GpuOutOfMemoryError): Promise<void> {
    this.#gpuBytes = 0;
    const onGpu = [...this.#whole.entries()].filter(([, { words }]) => !(words instanceof Float32Array));
    if (onGpu.length === 0) throw error;
    for (const [i, tile] of onGpu.slice(-MADE_ROOM)) {
      if (tile.words instanceof Float32Array) continue;
      this.#whole[i] = { ...tile, words: await this.#toHost(tile.words) };
    }
  }

  /** @throws {HostMemoryError} */
  async #toHost(words: Tensor): Promise<Float32Array<ArrayBuffer>> {
    const bytes = words.size * 4;
    const what = `the tile of ${this.format.rows.toLocaleString('en')} rows that the GPU has no room for`;
    const advice = "use dtype 'f16', or add fewer rows";
    try {
      expectHostMemory(
        this.host,
        bytes,
        (free, options) => new HostMemoryError(what, bytes, free, advice, options),
      );
      return await readTile(this.gpu, words);
    } finally {
      this.gpu.free(words);
    }
  }

  #freeLast(): void {
    if (this.#last) this.gpu.free(this.#last.words);
    this.#last = undefined;
  }
}
