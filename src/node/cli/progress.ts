import { SingleBar } from 'cli-progress';

/** A terminal, or a file or pipe in its place. */
export type MessageStream = NodeJS.WritableStream & { readonly isTTY?: boolean };

/** Shows the progress of a long task. */
export interface Progress {
  /** @param unit what is counted; `bytes` are shown as MB */
  update(label: string, done: number, total: number, unit?: 'bytes'): void;
  /** Ends the line that is being drawn, so that other text can follow. */
  end(): void;
}

interface ProgressOptions {
  readonly quiet?: boolean;
  /** Milliseconds of a clock that only goes on. */
  readonly now?: () => number;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** A file or pipe gets a line this often, in milliseconds. */
const LINE_INTERVAL_MS = 5_000;

/**
 * A bar on a terminal, a plain line every few seconds elsewhere, nothing with `quiet`. A terminal that cannot redraw a
 * line (`TERM=dumb`) and a build server's log (`CI`) get lines. No colours, so NO_COLOR changes nothing.
 */
export function createProgress(
  stream: MessageStream,
  { quiet = false, now = () => performance.now(), env = process.env }: ProgressOptions = {},
): Progress {
  if (quiet) return { update() {}, end() {} };
  const isLog = env.TERM === 'dumb' || !['', '0', 'false'].includes(env.CI ?? '');
  return stream.isTTY && !isLog ? new ProgressBar(stream, now) : new ProgressLines(stream, now);
}

/** One bar at a time: a new label begins a new one. */
class ProgressBar implements Progress {
  #bar: SingleBar | undefined;
  readonly #pace: Pace;

  constructor(
    readonly stream: MessageStream,
    now: () => number,
  ) {
    this.#pace = new Pace(now);
  }

  update(label: string, done: number, total: number, unit?: 'bytes'): void {
    if (this.#pace.begin(label, done) || !this.#bar) {
      this.end();
      this.#bar = new SingleBar({ format: '{label} [{bar}] {count}', stream: this.stream, barsize: 30 });
      this.#bar.start(total, done, { label: label.padEnd(LABEL_WIDTH), count: '' });
    }
    this.#bar.update(done, { count: this.#pace.text(done, total, unit) });
    if (done >= total) this.end();
  }

  end(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }
}

const LABEL_WIDTH = 'measuring kernels'.length;

class ProgressLines implements Progress {
  #last: number;
  readonly #pace: Pace;

  constructor(
    readonly stream: MessageStream,
    readonly now: () => number,
  ) {
    this.#last = now();
    this.#pace = new Pace(now);
  }

  update(label: string, done: number, total: number, unit?: 'bytes'): void {
    this.#pace.begin(label, done);
    if (this.now() - this.#last < LINE_INTERVAL_MS) return;
    this.#last = this.now();
    this.stream.write(`${label}: ${this.#pace.text(done, total, unit)}\n`);
  }

  end(): void {}
}

/** Below this, in milliseconds, a rate would be a guess. */
const LEAST_MS = 500;

/** How fast one label's work goes, from its first update on. */
class Pace {
  #label = '';
  #from = 0;
  #since = 0;
  #last = 0;

  constructor(readonly now: () => number) {}

  /** @returns whether this is another task than before: of another label, or from its start again */
  begin(label: string, done: number): boolean {
    const goesOn = label === this.#label && done >= this.#last;
    this.#last = done;
    if (goesOn) return false;
    this.#label = label;
    this.#from = done;
    this.#since = this.now();
    return true;
  }

  /** `12 of 90, 3.4/s, 23 s left`; the count alone until the rate is known, and once all is done. */
  text(done: number, total: number, unit?: 'bytes'): string {
    const count = unit === 'bytes' ? `${mega(done)} of ${mega(total)} MB` : `${done} of ${total}`;
    const elapsed = this.now() - this.#since;
    const perSecond = (1000 * (done - this.#from)) / elapsed;
    if (elapsed < LEAST_MS || !(perSecond > 0)) return count;
    const rate = rateText(unit === 'bytes' ? perSecond / 1e6 : perSecond, unit === 'bytes' ? ' MB' : '');
    const left = done < total ? `, ${timeText((total - done) / perSecond)} left` : '';
    return `${count}, ${rate}${left}`;
  }
}

function mega(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

/** `3.4/s`, and of slow work `6.7 s each` */
function rateText(perSecond: number, unit: string): string {
  if (perSecond < 1 && unit === '') return `${(1 / perSecond).toFixed(1)} s each`;
  return `${perSecond < 100 ? perSecond.toFixed(1) : perSecond.toFixed(0)}${unit}/s`;
}

export function timeText(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}
