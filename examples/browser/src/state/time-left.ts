/** Milliseconds that the rate is measured over: a batch that takes long is none of the rate's business. */
const WINDOW = 60_000;
/** Milliseconds before anything is said: a first rate is mostly of what has to be made once. */
const SETTLING = 4_000;

interface Sample {
  readonly at: number;
  readonly done: number;
}

/** How long something goes on, by the rate of its last while. */
export class TimeLeft {
  #samples: Sample[] = [];

  /** @param at milliseconds on any clock @returns milliseconds left; undefined while it cannot be told */
  after(done: number, total: number, at: number): number | undefined {
    if (done < (this.#samples.at(-1)?.done ?? 0)) this.#samples = []; // another thing has begun
    this.#samples.push({ at, done });
    while ((this.#samples[1]?.at ?? at) < at - WINDOW) this.#samples.shift();
    const [first] = this.#samples;
    if (!first || at - first.at < SETTLING || done <= first.done) return undefined;
    return ((total - done) * (at - first.at)) / (done - first.done);
  }
}

/** `about 6 min`: no finer than it is known. */
export function timeInWords(milliseconds: number): string {
  const minutes = milliseconds / 60_000;
  if (minutes > 90) return `about ${(minutes / 60).toFixed(1)} h`;
  if (minutes > 1.5) return `about ${Math.round(minutes)} min`;
  return minutes > 0.75 ? 'about a minute' : 'less than a minute';
}
