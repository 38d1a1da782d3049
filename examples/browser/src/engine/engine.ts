import {
  clearCache,
  type GapReport,
  type ModelInfo,
  modalityGap,
  similarityMatrix,
  tsneTransform,
} from 'biomedclip-webgpu';
import { MapRun } from './map-run.ts';
import { ModelSession } from './model-session.ts';
import { nearestOf } from './neighbours.ts';
import { pairDistances, selectRows, stacked } from './rows.ts';
import { ShiftedSpace } from './shifted-space.ts';
import { Tasks } from './tasks.ts';
import type {
  CosineMatrix,
  EmbeddedPairs,
  LabelScore,
  MapOptions,
  MapStep,
  ModelSource,
  Neighbours,
  OnProgress,
  OnWarning,
  PairInput,
  PairVectors,
  Query,
} from './types.ts';

export type TaskKind = 'load' | 'embed' | 'map' | 'gap';

/** Everything that computes. Lives in a worker; the page calls it through comlink. */
export class Engine {
  readonly #session = new ModelSession();
  readonly #tasks = new Tasks<TaskKind>();
  #space: ShiftedSpace | undefined;
  #map: MapRun | undefined;

  load(source: ModelSource, onProgress: OnProgress, onWarning: OnWarning): Promise<ModelInfo> {
    return this.#tasks.run('load', (signal) => this.#session.load(source, onProgress, onWarning, signal));
  }

  /** Removes the downloaded model that the browser keeps. */
  forgetDownloads(): Promise<void> {
    return clearCache();
  }

  /** Ends in an error if the model's GPU is gone. */
  async check(): Promise<void> {
    await this.#session.embedQuery({ kind: 'text', text: '' });
  }

  async embed(pairs: readonly PairInput[], onProgress: OnProgress): Promise<EmbeddedPairs> {
    const embedded = await this.#tasks.run('embed', (signal) =>
      this.#session.embedPairs(pairs, onProgress, signal),
    );
    this.#space = new ShiftedSpace(embedded);
    return embedded;
  }

  /** Takes up pairs that were embedded before, by an engine that is gone. */
  restore(vectors: PairVectors, shift: number): void {
    this.#space = new ShiftedSpace(vectors);
    this.#space.shift(shift);
  }

  /** Moves the modalities together; everything after it sees them so. Euclidean distances within pairs: `[n]` */
  shift(amount: number): Float32Array {
    this.#pairs.shift(amount);
    return pairDistances(this.#pairs.current);
  }

  /** Of the given pairs: their images, then their texts. */
  async cosines(pairs: readonly number[]): Promise<CosineMatrix> {
    const { images, texts } = this.#pairs.current;
    const chosen = { images: selectRows(images, pairs), texts: selectRows(texts, pairs) };
    return { pairs, values: (await similarityMatrix(stacked(chosen))).data };
  }

  /** @param resamples of the intervals, and pairings of the baseline; 0 for the bare numbers */
  gap(logitScale: number | undefined, resamples: number, onProgress: OnProgress): Promise<GapReport> {
    const { images, texts } = this.#pairs.current;
    return this.#tasks.run('gap', (signal) =>
      modalityGap(images, texts, { logitScale, resamples, permutations: resamples, signal, onProgress }),
    );
  }

  map(options: MapOptions, onStep: (step: MapStep) => unknown): Promise<void> {
    const run = new MapRun();
    this.#map = run;
    const { points } = this.#pairs;
    return this.#tasks.run('map', (signal) => run.run(points, options, onStep, signal));
  }

  pauseMap(): void {
    this.#map?.pause();
  }

  resumeMap(): void {
    this.#map?.resume();
  }

  cancel(kind: TaskKind): void {
    this.#tasks.cancel(kind);
  }

  neighbours(point: number, k: number): Promise<Neighbours> {
    return nearestOf(this.#pairs.current, this.#pairs.point(point), k, point);
  }

  /** What is nearest to a new text or image. With the map `[2n, 2]` as it lies, also the place for it there. */
  async search(
    query: Query,
    k: number,
    map?: { embedding: Float32Array; perplexity: number },
  ): Promise<Neighbours & { place?: Float32Array }> {
    const space = this.#pairs;
    const vector = space.moved(await this.#session.embedQuery(query), query.kind);
    const found = await nearestOf(space.current, vector, k);
    if (!map) return found;
    const { embedding, perplexity } = map;
    const placed = await tsneTransform({ x: space.points, embedding }, vector, { perplexity });
    return { ...found, place: placed.embedding };
  }

  zeroShot(image: Blob, name: string, labels: readonly string[], template: string): Promise<LabelScore[]> {
    return this.#session.zeroShot(image, name, labels, template);
  }

  get #pairs(): ShiftedSpace {
    if (!this.#space) throw new Error('no pairs are embedded');
    return this.#space;
  }
}
