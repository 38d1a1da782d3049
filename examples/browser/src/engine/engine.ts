import {
  clearCache,
  embeddingQuality,
  type GapReport,
  type ModelInfo,
  modalityGap,
  QUALITY_MEASURES,
  similarityMatrix,
  tsneTransform,
} from 'biomedclip-webgpu';
import { ClosedSpace } from './closed-space.ts';
import { Closings } from './closings.ts';
import { MapRun } from './map-run.ts';
import { ModelSession } from './model-session.ts';
import { nearestOf } from './neighbours.ts';
import { pairDistances, selectRows, stacked } from './rows.ts';
import { Tasks } from './tasks.ts';
import type {
  ClosingReport,
  CosineMatrix,
  EmbeddedPairs,
  Figures,
  KeptClosing,
  LabelScore,
  MapOptions,
  MapStep,
  ModelSource,
  Neighbours,
  OnProgress,
  OnTraining,
  OnWarning,
  PairInput,
  PairVectors,
  Query,
  Shown,
} from './types.ts';

/** The embeddings that something is measured on. */
export type Measured = 'embedded' | 'shown';

export type TaskKind =
  | 'load'
  | 'embed'
  | 'map'
  | 'train'
  | 'judge'
  | `gap ${Measured}`
  | `figures ${Measured}`;

/** Swaps behind the floor of the distribution gap: enough for its mean. */
const SWAPS = 10;

/** Everything that computes. Lives in a worker; the page calls it through comlink. */
export class Engine {
  readonly #session = new ModelSession();
  readonly #tasks = new Tasks<TaskKind>();
  #space: ClosedSpace | undefined;
  #closings: Closings | undefined;
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
    this.#open(embedded);
    return embedded;
  }

  /** Takes up pairs that were embedded before, by an engine that is gone, with the file of the closing that it kept. */
  async restore(vectors: PairVectors, shown: Shown, kept: Uint8Array | undefined): Promise<void> {
    this.#open(vectors);
    if (kept) await this.#closing.load(kept);
    await this.show(shown);
  }

  /** Closes the gap, or opens it again; everything after it sees the pairs so. Euclidean distances within pairs: `[n]` */
  async show(shown: Shown): Promise<Float32Array> {
    const space = this.#pairs;
    await space.show(await this.#closing.maps(shown));
    return pairDistances(space.current);
  }

  trainHead(onTraining: OnTraining): Promise<KeptClosing> {
    return this.#tasks.run('train', (signal) => this.#closing.train(onTraining, signal));
  }

  loadClosing(file: Blob): Promise<KeptClosing> {
    return this.#closing.load(file);
  }

  closingFile(shown: Shown): Promise<Uint8Array> {
    return this.#closing.file(shown);
  }

  /** What the closing that is shown does for pairs that it was not fitted on. */
  judge(shown: Shown, onProgress: OnProgress): Promise<ClosingReport> {
    return this.#tasks.run('judge', (signal) => this.#closing.judge(shown, onProgress, signal));
  }

  async figures(of: Measured): Promise<Figures> {
    const { images, texts } = this.#measured(of);
    const { labels, images: named } = this.#pairs.embedded;
    const items = named.ids; // an image of several captions is one
    const report = await this.#tasks.run(`figures ${of}`, (signal) =>
      embeddingQuality({ images, texts, labels, items }, { resamples: 0, swaps: SWAPS, signal }),
    );
    const values = QUALITY_MEASURES.map((measure) => [measure.name, measure.of(report)?.value]);
    return { values: Object.fromEntries(values), floor: report.distributionGap.baseline.mean };
  }

  /** Of the given pairs: their images, then their texts. */
  async cosines(pairs: readonly number[]): Promise<CosineMatrix> {
    const { images, texts } = this.#pairs.current;
    const chosen = { images: selectRows(images, pairs), texts: selectRows(texts, pairs) };
    return { pairs, values: (await similarityMatrix(stacked(chosen))).data };
  }

  /** @param resamples of the intervals, and pairings of the baseline; 0 for the bare numbers */
  gap(
    of: Measured,
    logitScale: number | undefined,
    resamples: number,
    onProgress: OnProgress,
  ): Promise<GapReport> {
    const { images, texts } = this.#measured(of);
    return this.#tasks.run(`gap ${of}`, (signal) =>
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
    const vector = await space.moved(await this.#session.embedQuery(query), query.kind);
    const found = await nearestOf(space.current, vector, k);
    if (!map) return found;
    const { embedding, perplexity } = map;
    const placed = await tsneTransform({ x: space.points, embedding }, vector, { perplexity });
    return { ...found, place: placed.embedding };
  }

  zeroShot(image: Blob, name: string, labels: readonly string[], template: string): Promise<LabelScore[]> {
    return this.#session.zeroShot(image, name, labels, template);
  }

  #open(vectors: PairVectors): void {
    this.#space = new ClosedSpace(vectors);
    this.#closings = new Closings(vectors, this.#session.info, this.#closings);
  }

  #measured(of: Measured): PairVectors {
    return of === 'embedded' ? this.#pairs.embedded : this.#pairs.current;
  }

  get #pairs(): ClosedSpace {
    if (!this.#space) throw new Error('no pairs are embedded');
    return this.#space;
  }

  get #closing(): Closings {
    if (!this.#closings) throw new Error('no pairs are embedded');
    return this.#closings;
  }
}
