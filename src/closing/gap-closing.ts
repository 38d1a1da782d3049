import { checkOptions, type Expected, isJsonObject, oneOf } from '../arguments.ts';
import type { ClosingMaps, ClosingReport } from '../closing-data.ts';
import type { Gpu } from '../device/gpu.ts';
import { checkVectors, type Vectors } from '../metrics/vectors.ts';
import type { Host } from '../platform/host-memory.ts';
import { closeRows, withMeanOf } from './affine-map.ts';
import { encodeClosing } from './closing-file.ts';
import { FewRowsError } from './errors.ts';
import { unitRows } from './sample.ts';

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
export interface GapClosing {
  /** The affine maps of images and texts, as numbers. */
  readonly maps: ClosingMaps;
  /** What was fitted, on what, and what it is worth on other rows. */
  readonly report: ClosingReport;
  /**
   * Image embeddings `[n, D]` of the same model, closed: `[n, D']`, of length 1, with the same ids.
   * @throws {ShapeError} for rows of another length @throws {ClosedToZeroError}
   * @throws {NonFiniteVectorError} @throws {ZeroVectorError}
   */
  images<V extends Vectors>(rows: V): Promise<V>;
  /**
   * Text embeddings `[n, D]`, such as a search's queries, closed: `[n, D']`. Throws as `images`.
   * @param options.mean 'own' centres the rows by their own mean: for prompts and short queries, whose mean is not that of
   * captions. They must be a set then, such as all prompts, and no single query.
   * @throws {FewRowsError} for fewer than two rows and their own mean
   */
  texts<V extends Vectors>(rows: V, options?: { readonly mean?: 'fitted' | 'own' }): Promise<V>;
  /**
   * A safetensors file with the maps, and the report in its metadata: what `save` writes.
   * @param options.metadata more text for the file's metadata, by key; `format` and `report` are the file's own
   */
  toBytes(options?: { readonly metadata?: Readonly<Record<string, string>> }): Promise<Uint8Array>;
  /** Writes the file that `loadGapClosing` reads. In a browser use `toBytes`. */
  save(path: string): Promise<void>;
}

const TEXTS: Expected = {
  words: 'an object of strings',
  holds: (value) => isJsonObject(value) && Object.values(value).every((text) => typeof text === 'string'),
};

/** A closing with the device that applies it. */
export class FittedClosing implements GapClosing {
  constructor(
    readonly maps: ClosingMaps,
    readonly report: ClosingReport,
    private readonly host: ClosingHost,
  ) {}

  images<V extends Vectors>(rows: V): Promise<V> {
    return this.#close('images', rows);
  }

  async texts<V extends Vectors>(rows: V, options: { readonly mean?: 'fitted' | 'own' } = {}): Promise<V> {
    checkOptions('texts', 'options', options, { mean: oneOf('fitted', 'own') });
    if (options.mean !== 'own') return this.#close('texts', rows);
    checkVectors('closing', 'texts', rows);
    if (rows.rows < 2) throw new FewRowsError("mean: 'own'", 'texts', rows.rows, 2);
    const gpu = await this.host.gpu();
    const map = await withMeanOf(gpu, 'texts', this.maps.texts, unitRows('texts', rows));
    return closeRows(gpu, 'texts', map, rows);
  }

  async toBytes(options: { readonly metadata?: Readonly<Record<string, string>> } = {}): Promise<Uint8Array> {
    checkOptions('toBytes', 'options', options, { metadata: TEXTS });
    return encodeClosing(this.maps, this.report, options.metadata);
  }

  async save(path: string): Promise<void> {
    await this.host.writeFile(path, await this.toBytes());
  }

  async #close<V extends Vectors>(name: 'images' | 'texts', rows: V): Promise<V> {
    checkVectors('closing', name, rows);
    return closeRows(await this.host.gpu(), name, this.maps[name], rows);
  }
}
