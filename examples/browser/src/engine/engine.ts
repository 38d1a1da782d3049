import {
  type BiomedClip,
  clearCache,
  embeddingQuality,
  type GapReport,
  modalityGap,
  QUALITY_MEASURES,
  tsneTransform,
} from 'biomedclip-webgpu';
import { transfer } from 'comlink';
import type { Point } from '../session/points.ts';
import { ClosedSpace } from './closed-space.ts';
import { Closings } from './closings.ts';
import { compared, mapBeside } from './comparison.ts';
import { cosineLimits } from './cosine-limits.ts';
import { cosinesOf } from './cosines.ts';
import { denseRegions } from './dense-regions.ts';
import { evenSample } from './even-sample.ts';
import { labelBatch } from './label-batch.ts';
import { MapRun } from './map-run.ts';
import { embedFiles, embedQuery, loadModel, pairEmbedding, zeroShot } from './model-calls.ts';
import { nearestOf } from './neighbours.ts';
import { pairFigures } from './pair-figures.ts';
import { orderOf, reordered } from './pair-order.ts';
import { placesAround } from './places-around.ts';
import { Preparation } from './preparation.ts';
import { alongAxes, type PrincipalAxes, principalAxes } from './principal-axes.ts';
import { pairDistances, selectPairs } from './rows.ts';
import { embeddingsFile } from './save-embeddings.ts';
import { readSavedPairs, vectorsAmong } from './saved-pairs.ts';
import { spaceOf } from './space.ts';
import { Tasks } from './tasks.ts';
import type {
  ClosingReport,
  ComparedSide,
  CompareOptions,
  Comparison,
  CosineMatrix,
  Figures,
  KeptClosing,
  LabelBatch,
  LabelScore,
  MapOptions,
  MapPlaces,
  MapRegions,
  MapStep,
  NamedFile,
  Neighbours,
  OnProgress,
  OnTraining,
  OnWarning,
  PairFigures,
  PairOrder,
  PairVectors,
  PlacedPoints,
  Prepared,
  PrincipalMap,
  Query,
  QueryVector,
  SavedFiles,
  SavedVectors,
  SavingFacts,
  Shown,
  Space,
  Vectors,
  Wanted,
  WindowChoice,
} from './types.ts';

/** The embeddings that something is measured on. */
export type Measured = 'embedded' | 'shown';

export type TaskKind =
  | 'prepare'
  | 'map'
  | 'train'
  | 'judge'
  | `gap ${Measured}`
  | 'pairs'
  | 'compare'
  | 'labels'
  | 'map beside'
  | `figures ${Measured}`;

/** Swaps behind the floor of the distribution gap: enough for its mean. */
const SWAPS = 10;

/** Pairs that stand for all where colours get their limits. */
const LIMITS_SAMPLE = 250;

/** Everything that computes. Lives in a worker; the page calls it through comlink. */
export class Engine {
  readonly #tasks = new Tasks<TaskKind>();
  #model: BiomedClip | undefined;
  #window: WindowChoice | undefined;
  readonly #preparation = new Preparation(() => this.#model, { loadModel, pairEmbedding });
  #space: ClosedSpace | undefined;
  #closings: Closings | undefined;
  #map: MapRun | undefined;
  #limits: { readonly of: PairVectors; readonly found: Promise<CosineMatrix['limits']> } | undefined;
  #axes: { readonly of: Vectors; readonly found: Promise<PrincipalAxes> } | undefined;

  /** Removes the downloaded model that the browser keeps. */
  forgetDownloads(): Promise<void> {
    return clearCache();
  }

  /** Ends in an error if the model's GPU is gone. */
  async check(): Promise<void> {
    await embedQuery(this.#loaded, { kind: 'text', text: '' });
  }

  /** Loads and embeds what is wanted beside what is open, which stays. What was prepared before goes. */
  async prepare(wanted: Wanted, onProgress: OnProgress, onWarning: OnWarning): Promise<Prepared> {
    this.#preparation.drop();
    return this.#tasks.run('prepare', (signal) =>
      this.#preparation.prepare(wanted, onProgress, onWarning, signal),
    );
  }

  /** What of it could be open already, if more than so many inputs were tried. */
  soFar(beyond: number): Prepared | undefined {
    return this.#preparation.soFar(beyond);
  }

  /** Puts what was prepared in the place of what is open, and ends all that is computed about that. */
  adopt(ticket: number): void {
    const { model, window, embedded } = this.#preparation.take(ticket);
    this.#tasks.cancelAll({ but: 'prepare' }); // of these pairs there may be more to embed
    if (model !== this.#model) this.#model?.destroy();
    this.#model = model;
    this.#window = window;
    if (embedded) this.#open(embedded, spaceOf(model.info));
  }

  vectorsAmong(parquets: readonly File[]): Promise<number[]> {
    return vectorsAmong(parquets);
  }

  readSaved(files: SavedFiles): Promise<SavedVectors> {
    return readSavedPairs(files);
  }

  /** The open pairs as a file, as the model embedded them or as they are shown. */
  async embeddingsFile({ closed, ...facts }: SavingFacts): Promise<Blob> {
    const vectors = closed ? this.#pairs.shownAs(closed.shown) : this.#pairs.embedded;
    const closing = closed && { method: closed.name, file: await this.#closing.file(closed.shown) };
    return embeddingsFile({ ...facts, vectors, closing });
  }

  /** Puts pairs that were embedded before in the place of what is open; the model stays, for queries if it is theirs. */
  takeUp(vectors: PairVectors, space: Space): void {
    this.#preparation.drop();
    this.#tasks.cancelAll();
    this.#open(vectors, space);
  }

  /** Takes up pairs of an engine that is gone, with the file of the closing that it kept. */
  async restore(
    vectors: PairVectors,
    space: Space,
    shown: Shown,
    kept: Uint8Array | undefined,
  ): Promise<void> {
    this.#open(vectors, space);
    if (kept) await this.#closing.load(kept);
    await this.show(shown);
  }

  /** Closes the gap, or opens it again; everything after it sees the pairs so. Euclidean distances within pairs: `[n]` */
  async show(shown: Shown): Promise<Float32Array> {
    const space = this.#pairs;
    await space.show(shown, await this.#closing.maps(shown));
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
    const report = await this.#tasks.run(`figures ${of}`, async (signal) => {
      await this.#afterPicture(signal);
      return embeddingQuality({ images, texts, labels, items }, { resamples: 0, swaps: SWAPS, signal });
    });
    const values = QUALITY_MEASURES.map((measure) => [measure.name, measure.of(report)?.value]);
    return { values: Object.fromEntries(values), floor: report.distributionGap.baseline.mean };
  }

  pairFigures(): Promise<PairFigures> {
    const { current } = this.#pairs;
    return this.#tasks.run('pairs', async (signal) => {
      await this.#afterPicture(signal);
      return pairFigures(current, signal);
    });
  }

  /** @throws {Error} where the pairs are shown in another way by now */
  shownVectors(shown: Shown): PairVectors {
    return this.#pairs.shownAs(shown);
  }

  /** Other embeddings of some of the pairs with these, as they are shown. @param pairs that the rows of a are of */
  compare(
    a: ComparedSide,
    nameB: string,
    pairs: readonly number[],
    { shown, ...options }: CompareOptions,
  ): Promise<Comparison> {
    const vectors = selectPairs(this.#pairs.shownAs(shown), pairs);
    return this.#tasks.run('compare', (signal) => compared(a, { name: nameB, vectors }, options, signal));
  }

  mapBeside(pairs: PairVectors, init: Float32Array, perplexity: number): Promise<Float32Array> {
    return this.#tasks.run('map beside', (signal) => mapBeside(pairs, init, perplexity, signal));
  }

  /** Of the given pairs: their images, then their texts, in an order. */
  async cosines(pairs: readonly number[], order: PairOrder): Promise<CosineMatrix> {
    const space = this.#pairs;
    const [values, limits] = [await cosinesOf(space.current, pairs), await this.#limitsOf(space.embedded)];
    if (order === 'given') return moved({ pairs, values, limits });
    const places = orderOf(values, pairs.length, order);
    return moved({ pairs: places.map((at) => pairs[at] ?? 0), values: reordered(values, places), limits });
  }

  /** @param resamples of the intervals, and pairings of the baseline; 0 for the bare numbers */
  gap(
    of: Measured,
    logitScale: number | undefined,
    resamples: number,
    onProgress: OnProgress,
  ): Promise<GapReport> {
    const { images, texts } = this.#measured(of);
    return this.#tasks.run(`gap ${of}`, async (signal) => {
      await this.#afterPicture(signal);
      const counts = { resamples, permutations: resamples };
      return modalityGap(images, texts, { logitScale, ...counts, signal, onProgress });
    });
  }

  map(options: MapOptions, onStep: (step: MapStep) => unknown): Promise<void> {
    const run = new MapRun();
    this.#map = run;
    const { points } = this.#pairs;
    return this.#tasks.run('map', async (signal) => {
      try {
        await this.#afterAxes();
        const init = options.around ? await placesAround(options.around, points, signal) : options.init;
        await run.run(points, { ...options, init }, onStep, signal);
      } finally {
        run.giveUp();
      }
    });
  }

  pauseMap(): void {
    this.#map?.pause();
  }

  resumeMap(): void {
    this.#map?.resume();
  }

  cancel(kind: TaskKind): void {
    this.#tasks.cancel(kind);
    if (kind === 'prepare') this.#preparation.dropOthers();
  }

  neighbours(point: Point, k: number): Promise<Neighbours> {
    return nearestOf(this.#pairs.current, this.#pairs.point(point), k, point);
  }

  /** A new text or image, not moved by any closing. */
  async embedQuery(query: Query): Promise<QueryVector> {
    return { kind: query.kind, vector: await embedQuery(this.#loaded, query, this.#window) };
  }

  /** What is nearest to a query, as the pairs are shown. */
  async nearest({ kind, vector }: QueryVector, k: number): Promise<Neighbours> {
    const space = this.#pairs;
    return nearestOf(space.current, await space.moved(vector, kind), k);
  }

  /** Where a query would lie in a map of the pairs as they are shown. */
  async place({ kind, vector }: QueryVector, { embedding, perplexity }: MapPlaces): Promise<Float32Array> {
    const space = this.#pairs;
    const { points: x } = space;
    const moved = await space.moved(vector, kind);
    return (await tsneTransform({ x, embedding }, moved, { perplexity })).embedding;
  }

  /** All points as they are shown, along their first two principal components. */
  async principalMap(): Promise<PrincipalMap> {
    const { points } = this.#pairs;
    const axes = await this.#axesOf(points);
    return { embedding: alongAxes(points, axes), explained: axes.explained };
  }

  /** Where a query would lie among them. */
  async placeAlongAxes({ kind, vector }: QueryVector): Promise<Float32Array> {
    const space = this.#pairs;
    const [axes, moved] = [await this.#axesOf(space.points), await space.moved(vector, kind)];
    return alongAxes(moved, axes);
  }

  /** Where a map is dense, and what is typical of these regions. */
  regions(points: PlacedPoints): MapRegions {
    return denseRegions(points);
  }

  /** The labels that fit the open pairs' images, as the model embedded them. @param truths their right labels */
  labelPairs(
    names: readonly string[],
    truths: readonly string[],
    labels: readonly string[],
    template: string,
  ): Promise<LabelBatch> {
    const { images } = this.#pairs.embedded;
    const model = this.#loaded;
    return this.#tasks.run('labels', (signal) =>
      labelBatch(model, { images, names, truths }, labels, template, signal),
    );
  }

  /** The same of other images, which are embedded first. */
  labelImages(
    files: readonly NamedFile[],
    labels: readonly string[],
    template: string,
    onProgress: OnProgress,
  ): Promise<LabelBatch> {
    const [model, window] = [this.#loaded, this.#window];
    return this.#tasks.run('labels', async (signal) => {
      const rows = await embedFiles(model, files, window, onProgress, signal);
      const batch = await labelBatch(model, rows, labels, template, signal);
      return { ...batch, skipped: rows.skipped };
    });
  }

  zeroShot(image: Blob, name: string, labels: readonly string[], template: string): Promise<LabelScore[]> {
    return zeroShot(this.#loaded, image, name, labels, template, this.#window);
  }

  /** The map that is there first goes first: on a slow GPU all at once takes as long as all of it. */
  async #afterAxes(): Promise<void> {
    await this.#axes?.found.catch(() => {}); // who asked for them hears of it
  }

  /** And measures of all pairs wait for what can be seen. */
  async #afterPicture(signal: AbortSignal): Promise<void> {
    await this.#afterAxes();
    await this.#map?.pictured;
    signal.throwIfAborted();
  }

  #limitsOf(embedded: PairVectors): Promise<CosineMatrix['limits']> {
    if (this.#limits?.of !== embedded) {
      const sample = evenSample(
        Array.from({ length: embedded.images.rows }, (_, i) => i),
        LIMITS_SAMPLE,
      );
      const found = cosinesOf(embedded, sample).then((values) => cosineLimits(values, 2 * sample.length));
      this.#limits = { of: embedded, found };
    }
    return this.#limits.found;
  }

  #axesOf(points: Vectors): Promise<PrincipalAxes> {
    if (this.#axes?.of !== points) this.#axes = { of: points, found: principalAxes(points) };
    return this.#axes.found;
  }

  #open(vectors: PairVectors, space: Space): void {
    this.#space = new ClosedSpace(vectors);
    this.#closings = new Closings(vectors, space, this.#closings);
  }

  get #loaded(): BiomedClip {
    if (!this.#model) throw new Error('no model is loaded');
    return this.#model;
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

/** To the page without a copy: megabytes. */
function moved(matrix: CosineMatrix): CosineMatrix {
  return transfer(matrix, [matrix.values.buffer]);
}
