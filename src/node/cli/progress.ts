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

/** A file or pipe gets a line this often, in milliseconds. */
const LINE_INTERVAL_MS = 5_000;

/** A bar on a terminal, a plain line every few seconds elsewhere, nothing with `quiet`. */
export function createProgress(
  stream: MessageStream,
  { quiet = false, now = Date.now }: { quiet?: boolean; now?: () => number } = {},
): Progress {
  if (quiet) return { update() {}, end() {} };
  return stream.isTTY ? new ProgressBar(stream) : new ProgressLines(stream, now);
}

/** One bar at a time: a new label begins a new one. */
class ProgressBar implements Progress {
  #bar: SingleBar | undefined;
  #label = '';

  constructor(readonly stream: MessageStream) {}

  update(label: string, done: number, total: number, unit?: 'bytes'): void {
    const payload = { label: label.padEnd(LABEL_WIDTH), count: countText(done, total, unit) };
    if (!this.#bar || label !== this.#label) {
      this.end();
      this.#label = label;
      this.#bar = new SingleBar({
        format: '{label} [{bar}] {count}{eta_formatted}',
        formatTime: timeLeft,
        stream: this.stream,
        barsize: 30,
      });
      this.#bar.start(total, done, payload);
    }
    this.#bar.update(done, payload);
    if (done >= total) this.end();
  }

  end(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }
}

/** Empty while unknown: cli-progress would print NULL or INF. */
function timeLeft(seconds: unknown): string {
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds <= 0) return '';
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  if (hours > 0) return `, ${hours} h ${minutes} min left`;
  return minutes > 0
    ? `, ${minutes} min ${Math.round(seconds % 60)} s left`
    : `, ${Math.round(seconds)} s left`;
}

const LABEL_WIDTH = 'measuring kernels'.length;

class ProgressLines implements Progress {
  #last: number;

  constructor(
    readonly stream: MessageStream,
    readonly now: () => number,
  ) {
    this.#last = now();
  }

  update(label: string, done: number, total: number, unit?: 'bytes'): void {
    if (this.now() - this.#last < LINE_INTERVAL_MS) return;
    this.#last = this.now();
    this.stream.write(`${label}: ${countText(done, total, unit)}\n`);
  }

  end(): void {}
}

function countText(done: number, total: number, unit?: 'bytes'): string {
  if (unit !== 'bytes') return `${done} of ${total}`;
  return `${(done / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(1)} MB`;
}
