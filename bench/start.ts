import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { throwIfAborted } from '../src/errors.ts';
import { runChild } from './child.ts';
import { type Spread, spreadOf } from './statistics.ts';

export interface StartOptions {
  /** URL of the library's built entry, which the measured processes import. */
  readonly entry: string;
  readonly models: readonly { readonly name: string; readonly path: string }[];
  /** An image file. */
  readonly image: string;
  readonly adapter?: string;
  /** Rounds of one first and one later start each; default 5. */
  readonly rounds?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (message: string) => void;
}

/**
 * The ends of the stages of a start. `reading`: the adapter is open, the tokenizer read, GEMM tiles are chosen, and the
 * first weights are on the GPU.
 */
export const STAGES = ['imported', 'reading', 'loaded', 'firstImage', 'firstText'] as const;
export type Stage = (typeof STAGES)[number];

/** `first`: no cache of this library's or the driver's. `later`: the start after that. */
export type StartKind = 'first' | 'later';

export interface StartReport {
  readonly date: string;
  readonly adapter: string;
  readonly node: string;
  readonly rounds: number;
  readonly starts: readonly {
    readonly model: string;
    readonly kind: StartKind;
    /** Since the process was started. */
    readonly milliseconds: Readonly<Record<Stage, Spread>>;
  }[];
}

type Marks = Record<Stage, number> & { readonly adapter: string };

/** What a measured process does. Its arguments: entry, time of the start, model, image, adapter. */
const SCRIPT = `
const [, entry, started, source, image, adapter] = process.argv;
const since = () => performance.timeOrigin + performance.now() - Number(started);
const { BiomedClip } = await import(entry);
const imported = since();
let reading;
const onProgress = ({ stage }) => {
  if (stage === 'weights') reading ??= since();
};
const model = await BiomedClip.load(source, { adapter: adapter || undefined, onProgress });
const loaded = since();
await model.embedBatch({ images: [image] });
const firstImage = since();
await model.embedBatch({ texts: ['this is a photo of a chest X-ray'] });
const firstText = since();
console.log(JSON.stringify({ imported, reading, loaded, firstImage, firstText, adapter: model.info.adapter }));
model.destroy();
`;

/**
 * The time from the start of a process to its first embeddings, for first-ever starts and later ones. The operating
 * system's file cache is warm in both.
 * @throws {BenchChildError}
 */
export async function benchStart(options: StartOptions): Promise<StartReport> {
  const { models, rounds = 5, signal, onProgress = () => {} } = options;
  const starts: StartReport['starts'][number][] = [];
  let adapter = '';
  for (const { name, path } of models) {
    const marks: Record<StartKind, Marks[]> = { first: [], later: [] };
    for (let round = 1; round <= rounds; round++) {
      throwIfAborted(signal);
      onProgress(`${name}: round ${round} of ${rounds}`);
      const { first, later } = await startTwice(options, path);
      marks.first.push(first);
      marks.later.push(later);
      adapter = later.adapter;
    }
    for (const kind of ['first', 'later'] as const) {
      starts.push({ model: name, kind, milliseconds: spreads(marks[kind]) });
    }
  }
  return { date: new Date().toISOString(), adapter, node: process.version, rounds, starts };
}

/** Starts twice with a new, empty cache folder. */
async function startTwice(options: StartOptions, model: string): Promise<Record<StartKind, Marks>> {
  const { entry, image, adapter = '', signal } = options;
  const cache = await mkdtemp(join(tmpdir(), 'biomedclip-start-'));
  const env = { XDG_CACHE_HOME: cache, __GL_SHADER_DISK_CACHE_PATH: cache }; // Mesa's and NVIDIA's shaders too
  const start = () => {
    const now = performance.timeOrigin + performance.now();
    return runChild<Marks>(SCRIPT, [entry, String(now), model, image, adapter], { env, signal });
  };
  try {
    return { first: await start(), later: await start() };
  } finally {
    await rm(cache, { recursive: true, force: true });
  }
}

function spreads(marks: readonly Marks[]): Record<Stage, Spread> {
  const of = (stage: Stage) => spreadOf(marks.map((mark) => mark[stage]));
  return {
    imported: of('imported'),
    reading: of('reading'),
    loaded: of('loaded'),
    firstImage: of('firstImage'),
    firstText: of('firstText'),
  };
}
