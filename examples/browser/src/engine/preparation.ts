import type { BiomedClip } from 'biomedclip-webgpu';
import type { loadModel, pairEmbedding } from './model-calls.ts';
import type { PairEmbedding } from './pair-embedding.ts';
import type { EmbeddedPairs, OnProgress, OnWarning, Prepared, Wanted, WindowChoice } from './types.ts';

/** What is ready to take the place of what is open. */
export interface Candidate {
  readonly ticket: number;
  readonly model: BiomedClip;
  readonly window: WindowChoice | undefined;
  readonly embedded: EmbeddedPairs | undefined;
}

/** How models are loaded, and pairs embedded. */
export interface PreparationCalls {
  readonly loadModel: typeof loadModel;
  readonly pairEmbedding: typeof pairEmbedding;
}

/** What is made ready beside what is open: one thing at a time, of which there may be a part before there is the whole. */
export class Preparation {
  /** By the order in which they became ready. */
  #candidates: Candidate[] = [];
  #tickets = 0;
  /** The embedding under way, or one that ended early. */
  #embedding: PairEmbedding | undefined;

  /** @param open the model that is open, which stays */
  constructor(
    private readonly open: () => BiomedClip | undefined,
    private readonly calls: PreparationCalls,
  ) {}

  async prepare(
    { source, isOther, pairs, window, before }: Wanted,
    onProgress: OnProgress,
    onWarning: OnWarning,
    signal: AbortSignal,
  ): Promise<Prepared> {
    const there = isOther ? undefined : this.open();
    const model = there ?? (await this.calls.loadModel(source, onProgress, onWarning, signal));
    try {
      signal.throwIfAborted();
      if (pairs.length === 0) return this.#ready({ model, window, embedded: undefined });
      const embedding = await this.calls.pairEmbedding(model, { pairs, window, before }, onProgress, signal);
      signal.throwIfAborted();
      this.#embedding = embedding;
      await embedding.run(onProgress, onWarning, signal);
      signal.throwIfAborted();
      this.#embedding = undefined;
      return this.#ready({ model, window, embedded: embedding.soFar() });
    } catch (error) {
      this.#giveUp(model);
      throw error;
    }
  }

  /**
   * What could take the place of what is open before all of it is embedded.
   * @param beyond so many inputs tried, which are open already
   * @returns undefined where there is no more
   */
  soFar(beyond: number): Prepared | undefined {
    if (!this.#embedding || this.#embedding.tried <= beyond) return undefined;
    const { model, wanted } = this.#embedding;
    const embedded = this.#embedding.soFar();
    return embedded && this.#ready({ model, window: wanted.window, embedded });
  }

  /** Hands over what was prepared; what became ready before it goes. */
  take(ticket: number): Candidate {
    const candidate = this.#candidates.find((one) => one.ticket === ticket);
    if (!candidate) throw new Error('what was prepared is not there any more');
    this.#candidates = this.#candidates.filter((later) => later.ticket > ticket);
    return candidate;
  }

  /** Nobody takes what is ready any more. */
  drop(): void {
    this.#embedding = undefined;
    this.dropOthers();
  }

  /** Of another model than the one that is open. */
  dropOthers(): void {
    const others = new Set(this.#candidates.map(({ model }) => model));
    others.delete(this.open() as BiomedClip);
    this.#candidates = this.#candidates.filter(({ model }) => !others.has(model));
    for (const model of others) model.destroy();
  }

  /** A part of it may be open, or on its way there. */
  #giveUp(model: BiomedClip): void {
    const isInUse = model === this.open() || this.#candidates.some((candidate) => candidate.model === model);
    if (isInUse) return;
    if (this.#embedding?.model === model) this.#embedding = undefined;
    model.destroy();
  }

  #ready(candidate: Omit<Candidate, 'ticket'>): Prepared {
    this.#tickets += 1;
    this.#candidates.push({ ...candidate, ticket: this.#tickets });
    return { ticket: this.#tickets, info: candidate.model.info, embedded: candidate.embedded };
  }
}
