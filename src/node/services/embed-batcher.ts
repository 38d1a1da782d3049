import type { EmbedResult, ModelInfo, NamedImage, NamedText, SkippedInput } from '../../api.ts';
import { AbortedError, type BiomedClipError } from '../../errors.ts';
import { selectRows } from '../../metrics/vectors.ts';
import type { BiomedClipModel, EmbeddedBatch } from '../../model/biomedclip.ts';
import { ImageInputError, NonFiniteOutputError, TextCleaningError } from '../../model/errors.ts';

/** An image whose id is its name in errors. */
export type NamedInput = NamedImage & { readonly id: string };

export interface NamedInputs {
  readonly images?: readonly NamedInput[];
  readonly texts?: readonly NamedText[];
}

export interface BatchOptions {
  readonly signal?: AbortSignal;
  /** As of `embedBatch`. Default `fail`. */
  readonly onError?: 'fail' | 'skip';
}

/** With the tokens of each row of `texts`, which a service counts. */
export type CountedResult = EmbedResult & Pick<EmbeddedBatch, 'textLengths'>;

/** The model as the library loads it. */
export interface ServiceModel {
  readonly info: ModelInfo;
  embedBatch(...call: Parameters<BiomedClipModel['embedBatch']>): Promise<CountedResult>;
}

interface Job {
  readonly images: readonly NamedImage[];
  readonly texts: readonly NamedText[];
  readonly options: BatchOptions;
  readonly resolve: (result: CountedResult) => void;
  readonly reject: (error: unknown) => void;
  readonly settled: AbortController;
}

/** Inputs of one call of the model, unless a single request has more. */
const INPUTS_A_CALL = 64;

/**
 * Embeds what several callers ask for at the same time in one call of the model, and gives each its own rows and its own
 * errors. A caller that aborts is let go at once; the call ends early when nobody waits for it any more.
 */
export class EmbedBatcher {
  #waiting: Job[] = [];
  #running: Promise<void> | undefined;

  constructor(
    private readonly model: Promise<Pick<ServiceModel, 'embedBatch'>>,
    private readonly warn: (warning: BiomedClipError) => void,
  ) {}

  /** As `embedBatch` of the model. */
  embed({ images = [], texts = [] }: NamedInputs, options: BatchOptions = {}): Promise<CountedResult> {
    const { signal } = options;
    return new Promise((resolve, reject) => {
      const settled = new AbortController(); // removes the listener from a signal that outlives the job
      const job: Job = { images, texts, options, resolve, reject, settled };
      if (signal?.aborted) return reject(new AbortedError(signal.reason));
      signal?.addEventListener('abort', () => this.#letGo(job, new AbortedError(signal.reason)), {
        signal: settled.signal,
      });
      this.#waiting.push(job);
      this.#running ??= this.#run();
    });
  }

  get busy(): boolean {
    return this.#running !== undefined;
  }

  /** Resolves when the model has nothing to do, so that it may be destroyed. */
  async idle(): Promise<void> {
    await this.#running;
  }

  #letGo({ settled, reject }: Job, error: unknown): void {
    settled.abort();
    reject(error);
  }

  /** Never rejects: what goes wrong is the jobs' own. */
  async #run(): Promise<void> {
    for (let jobs = await this.#take(); jobs.length > 0; jobs = await this.#take()) await this.#embed(jobs);
    this.#running = undefined;
  }

  /** The next jobs, first come first served. Waits a turn, so that those that come together go together. */
  async #take(): Promise<Job[]> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#waiting = this.#waiting.filter(({ settled }) => !settled.signal.aborted);
    let inputs = 0;
    const first = this.#waiting.findIndex(({ images, texts }, i) => {
      inputs += images.length + texts.length;
      return i > 0 && inputs > INPUTS_A_CALL;
    });
    return this.#waiting.splice(0, first < 0 ? this.#waiting.length : first);
  }

  async #embed(jobs: readonly Job[]): Promise<void> {
    const abandoned = new AbortController();
    let left = jobs.length;
    for (const { settled } of jobs) {
      settled.signal.addEventListener('abort', () => {
        left -= 1;
        if (left === 0) abandoned.abort();
      });
    }
    try {
      const model = await this.model;
      const all = await model.embedBatch(
        { images: jobs.flatMap(({ images }) => images), texts: jobs.flatMap(({ texts }) => texts) },
        { onError: 'skip', signal: abandoned.signal, onWarning: this.warn },
      );
      for (const [i, job] of jobs.entries()) settle(job, partOf(all, jobs, i));
    } catch (error) {
      for (const job of jobs) this.#letGo(job, error);
    }
  }
}

function settle({ options, resolve, reject, settled }: Job, result: CountedResult): void {
  settled.abort();
  const [first] = result.skipped;
  if (first && options.onError !== 'skip') reject(inputError(first));
  else resolve(result);
}

/** What one job gets of the result for all. */
function partOf(all: CountedResult, jobs: readonly Job[], i: number): CountedResult {
  const job = jobs[i] as Job;
  const start = {
    image: countOf(jobs.slice(0, i), 'images'),
    text: countOf(jobs.slice(0, i), 'texts'),
  };
  const end = { image: start.image + job.images.length, text: start.text + job.texts.length };
  const skipped = all.skipped.filter(({ kind, index }) => index >= start[kind] && index < end[kind]);
  const rowsOf = (kind: 'image' | 'text'): number[] => {
    const lost = all.skipped.filter((input) => input.kind === kind && input.index < start[kind]).length;
    const own = end[kind] - start[kind] - skipped.filter((input) => input.kind === kind).length;
    return Array.from({ length: own }, (_, row) => start[kind] - lost + row);
  };
  const images = selectRows(all.images, rowsOf('image'));
  const texts = selectRows(all.texts, rowsOf('text'));
  return {
    images: { ...images, ids: ownIds(job.images, 'image', skipped, start.image) },
    texts: { ...texts, ids: ownIds(job.texts, 'text', skipped, start.text) },
    skipped: skipped.map((input) => renumbered(input, input.index - start[input.kind])),
    truncated: all.truncated
      .filter((index) => index >= start.text && index < end.text)
      .map((index) => index - start.text),
    textLengths: rowsOf('text').map((row) => all.textLengths[row] ?? 0),
  };
}

function countOf(jobs: readonly Job[], kind: 'images' | 'texts'): number {
  return jobs.reduce((sum, job) => sum + job[kind].length, 0);
}

/** Ids of the rows; an input without one has its index in its own request. */
function ownIds(
  inputs: readonly { readonly id?: string }[],
  kind: 'image' | 'text',
  skipped: readonly SkippedInput[],
  start: number,
): string[] {
  const lost = new Set(skipped.filter((input) => input.kind === kind).map(({ index }) => index - start));
  return inputs.flatMap(({ id }, index) => (lost.has(index) ? [] : [id ?? String(index)]));
}

/** As `embedBatch` throws it. */
function inputError({ kind, index, id, error }: SkippedInput): Error {
  const names = error instanceof NonFiniteOutputError || kind === 'text';
  return names ? error : new ImageInputError(index, id, error);
}

/** The error as the caller's own call of the model would have given it. */
function renumbered({ kind, id: old, index: of, error }: SkippedInput, index: number): SkippedInput {
  const id = old === String(of) ? String(index) : old;
  const named = () => {
    if (error instanceof NonFiniteOutputError) return new NonFiniteOutputError(kind, index, id);
    if (error instanceof TextCleaningError) return new TextCleaningError(index, id, error.cause as Error);
    return error;
  };
  return { kind, index, id, error: named() };
}
