import {
  ClosingMismatchError,
  type ClosingOptions,
  type ClosingReport,
  fitGapClosing,
  type GapClosing,
  loadGapClosing,
} from 'biomedclip-webgpu';
import type { RowMaps } from './closed-space.ts';
import { SliderClosings } from './slider-closings.ts';
import type { KeptClosing, OnProgress, OnTraining, PairVectors, Shown } from './types.ts';

/** What is known of a model, as `model.info`. */
type KnownModel = NonNullable<ClosingOptions['model']>;

/** Steps between news of a training: few enough to see the loss fall on a slow adapter. */
const REPORT_EVERY = 10;

/** All closings of the gap that the page can show of some pairs: those of the sliders, and one that was trained or loaded. */
export class Closings {
  readonly #sliders: SliderClosings;
  #kept: GapClosing | undefined;

  constructor(
    private readonly pairs: PairVectors,
    private readonly model: KnownModel,
    before?: Closings,
  ) {
    this.#sliders = new SliderClosings(pairs, model);
    if (before?.model.fingerprint === model.fingerprint) this.#kept = before.#kept;
  }

  async maps(shown: Shown): Promise<RowMaps | undefined> {
    if (shown.kind === 'raw') return undefined;
    return shown.kind === 'sliders' ? this.#sliders.at(shown.means, shown.shapes) : this.#keptOne;
  }

  /** Trains a head on the pairs, and keeps it. */
  async train(onTraining: OnTraining, signal: AbortSignal): Promise<KeptClosing> {
    const closing = await fitGapClosing(this.pairs, {
      method: 'head',
      head: { reportEvery: REPORT_EVERY },
      groups: this.pairs.labels,
      model: this.model,
      folds: 0,
      signal,
      onProgress: ({ stage, done, total, losses = [] }) => {
        if (stage === 'training') onTraining({ done, total, losses });
      },
    });
    return this.#keep(closing);
  }

  /** Keeps the closing of a file. @throws {ClosingMismatchError} if it was fitted on another model's embeddings */
  async load(file: Blob | Uint8Array): Promise<KeptClosing> {
    const closing = await loadGapClosing(file);
    const { fingerprint } = closing.report;
    if (fingerprint !== undefined && fingerprint !== this.model.fingerprint) {
      throw new ClosingMismatchError(fingerprint, this.model.fingerprint);
    }
    await closing.images(this.pairs.images); // refuses rows of another length before anything is shown
    return this.#keep(closing);
  }

  /** The file of what is shown; of the sliders with the means wholly taken out. */
  async file(shown: Shown): Promise<Uint8Array> {
    const isKept = shown.kind !== 'sliders';
    return (isKept ? this.#keptOne : await this.#sliders.fitted(shown.shapes)).toBytes();
  }

  /** Fits what is shown anew on parts of the pairs, and judges it by the others. */
  async judge(shown: Shown, onProgress: OnProgress, signal: AbortSignal): Promise<ClosingReport> {
    const { labels: groups } = this.pairs;
    const { method, strength } =
      shown.kind === 'sliders' ? this.#sliders.method(shown.shapes) : this.#keptOne.report;
    const judged = await fitGapClosing(this.pairs, { method, strength, groups, signal, onProgress });
    return judged.report;
  }

  get #keptOne(): GapClosing {
    if (!this.#kept) throw new Error('no head is trained, and no closing is loaded');
    return this.#kept;
  }

  async #keep(closing: GapClosing): Promise<KeptClosing> {
    this.#kept = closing;
    return { report: closing.report, bytes: await closing.toBytes() };
  }
}
