import { tsne } from 'biomedclip-webgpu';
import { transfer } from 'comlink';
import { Gate } from './gate.ts';
import type { MapOptions, MapStep, Vectors } from './types.ts';

/** Up to so many points, all pairs of them are cheap. */
const EXACT_POINTS = 1_000;
/** Iterations between pictures: few enough to see the map move, at most 200 pictures for 1,000 iterations. */
const SNAPSHOT_EVERY = 5;
const ITERATIONS = 1_000;
/** From places that are good already: no exaggeration, which would tear them apart, and a shorter way. */
const SETTLING_ITERATIONS = 300;

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
    { perplexity, init }: MapOptions,
    onStep: (step: MapStep) => unknown,
    signal: AbortSignal,
  ): Promise<void> {
    signal.addEventListener('abort', () => this.resume()); // a paused descent ends, too
    let klDivergence: number | undefined;
    await tsne(points, {
      perplexity,
      method: points.rows <= EXACT_POINTS ? 'exact' : 'barnes_hut',
      ...(init ? { init, earlyExaggeration: 1, maxIter: SETTLING_ITERATIONS } : { maxIter: ITERATIONS }),
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
  }
}
