import type { ClosingMaps, ClosingReport } from '../closing-data.ts';
import type { Gpu } from '../device/gpu.ts';
import { checkVectors, type Vectors } from '../metrics/vectors.ts';
import type { Host } from '../platform/host-memory.ts';
import { closeRows } from './affine-map.ts';
import { encodeClosing } from './closing-file.ts';

/** What a closing asks of its surroundings. */
export interface ClosingHost extends Host {
  gpu(): Promise<Gpu>;
  /** @throws {BiomedClipError} where a file cannot be written */
  writeFile(path: string, bytes: Uint8Array): Promise<void>;
}

/**
 * Closes the modality gap of rows of one model: an affine map for images and one for texts, each followed by scaling to
 * length 1. Made by `fitGapClosing` or `loadGapClosing`.
 */
export class GapClosing {
  constructor(
    readonly maps: ClosingMaps,
    readonly report: ClosingReport,
    private readonly host: ClosingHost,
  ) {}

  /**
   * Image embeddings `[n, D]` of the same model, closed: `[n, D']`, of length 1, with the same ids.
   * @throws {ShapeError} for rows of another length @throws {ClosedToZeroError}
   * @throws {NonFiniteVectorError} @throws {ZeroVectorError}
   */
  images<V extends Vectors>(rows: V): Promise<V> {
    return this.#close('images', rows);
  }

  /** Text embeddings `[n, D]`, such as a search's queries, closed: `[n, D']`. Throws as `images`. */
  texts<V extends Vectors>(rows: V): Promise<V> {
    return this.#close('texts', rows);
  }

  /** A safetensors file with the maps, and the report in its metadata: what `save` writes. */
  toBytes(): Promise<Uint8Array> {
    return encodeClosing(this.maps, this.report);
  }

  /** Writes the file that `loadGapClosing` reads. In a browser use `toBytes`. */
  async save(path: string): Promise<void> {
    await this.host.writeFile(path, await this.toBytes());
  }

  async #close<V extends Vectors>(name: 'images' | 'texts', rows: V): Promise<V> {
    checkVectors('closing', name, rows);
    return closeRows(await this.host.gpu(), name, this.maps[name], rows);
  }
}
