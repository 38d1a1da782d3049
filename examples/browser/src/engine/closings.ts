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
import type { KeptClosing, OnProgress, OnTraining, PairVectors, Shown, Space } from './types.ts';

/** Steps between news of a training: few enough to see the loss fall on a slow adapter. */
const REPORT_EVERY = 10;

/** All closings of the gap that the page can show of some pairs: those of the sliders, and one that was trained or loaded. */
export class Closings {
  readonly #sliders: SliderClosings;
  readonly #model: ClosingOptions['model'];
  #kept: GapClosing | undefined;

  constructor(
    private readonly pairs: PairVectors,
    private readonly space: Space,
    before?: Closings,
  ) {
    this.#model = modelOf(space);
    this.#sliders = new SliderClosings(pairs, this.#model);
    const { fingerprint } = space;
    if (before && fingerprint !== undefined && fingerprint === before.space.fingerprint)
      this.#kept = before.#kept;
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
      model: this.#model,
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
    const { fingerprint: theirs } = closing.report;
    const { fingerprint: ours } = this.space;
    if (theirs !== undefined && ours !== undefined && theirs !== ours) {
      throw new ClosingMismatchError(theirs, ours);
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

/** Embeddings of an unknown model take closings of any. */
function modelOf({ fingerprint, logitScale }: Space): ClosingOptions['model'] {
  return fingerprint === undefined ? undefined : { fingerprint, ...(logitScale && { logitScale }) };
}
