import { PcaInitError, tsne } from 'biomedclip-webgpu';
import { transfer } from 'comlink';
import { Gate } from './gate.ts';
import { methodFor, SETTLING } from './tsne-settings.ts';
import type { MapOptions, MapStep, Vectors } from './types.ts';

/** Iterations between pictures: few enough to see the map move, at most 200 pictures for 1,000 iterations. */
const SNAPSHOT_EVERY = 5;
const ITERATIONS = 1_000;

/** A t-SNE under way, which can be paused and resumed. */
export class MapRun {
  readonly #gate = new Gate();
  #tellPictured = () => {};
  /** Resolves with the first picture, or the end. */
  readonly pictured = new Promise<void>((resolve) => {
    this.#tellPictured = resolve;
  });

  pause(): void {
    this.#gate.close();
  }

  resume(): void {
    this.#gate.open();
  }

  /** It comes to no picture. */
  giveUp(): void {
    this.#tellPictured();
  }

  /** Waits at each picture for what `onStep` returns, and while paused. */
  async run(
    points: Vectors,
    { perplexity, init, around }: MapOptions,
    onStep: (step: MapStep) => unknown,
    signal: AbortSignal,
  ): Promise<void> {
    signal.addEventListener('abort', () => this.resume()); // a paused descent ends, too
    let klDivergence: number | undefined;
    const descent = tsne(points, {
      perplexity,
      method: methodFor(points.rows),
      init,
      ...(init && !around ? SETTLING : { maxIter: ITERATIONS }),
      snapshotEvery: SNAPSHOT_EVERY,
      onIteration: (state) => {
        klDivergence = state.klDivergence;
      },
      onSnapshot: async ({ iteration, embedding: map }) => {
        const embedding = new Float32Array(map); // its own buffer, which can go to the page
        await onStep(transfer({ iteration, klDivergence, embedding }, [embedding.buffer]));
        this.#tellPictured();
        await this.#gate.passed();
      },
      signal,
    });
    await descent.catch((error: unknown) => {
      if (!(error instanceof PcaInitError)) throw error;
      throw new Error('All points are the same, or lie along one line: there is no map of them.', {
        cause: error,
      });
    });
  }
}
