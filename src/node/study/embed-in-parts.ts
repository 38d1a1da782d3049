import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BiomedClip } from '../../api.ts';
import { concatenate } from '../../concatenate.ts';
import { throwIfAborted } from '../../errors.ts';
import { writeLocalFile } from '../files.ts';
import { readNpy, writeNpy } from '../npy.ts';
import type { EmbeddingSet } from './embedding-set.ts';
import type { Pair } from './pairs.ts';
import { changedSince, type Origin, sameOrigin } from './reuse.ts';

export interface EmbedInPartsOptions {
  readonly batchSize?: number;
  readonly onError: 'fail' | 'skip';
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
  /** Told how many pairs an earlier, interrupted run has embedded. */
  readonly onResume: (pairs: number) => void;
}

/** What is known of a part besides its rows. */
interface Part {
  /** One past the last pair that it covers. */
  readonly end: number;
  /** Indices of the pairs that it has rows of. */
  readonly kept: readonly number[];
  readonly skipped: readonly { readonly id: string; readonly error: string }[];
  readonly truncated: number;
}

interface PartRows extends Part {
  /** `[kept, 2 dim]`: an image's row and its text's. */
  readonly rows: Float32Array;
}

const PLAN = 'plan.json';
/** A part takes about so long, which is what an interruption can lose. */
const PART_SECONDS = 20;
const FIRST_PART = 16;
const LARGEST_PART = 1024;

/**
 * Embeds pairs in parts, each of which is written to `folder` once it is done: interrupted, the next call goes on
 * after the last of them. The folder is the caller's to remove. Parts of other pairs, another model or older files
 * are not used.
 * @throws {BiomedClipError} what `embedBatch` throws; parts stay
 */
export async function embedInParts(
  folder: string,
  model: BiomedClip,
  origin: Origin,
  options: EmbedInPartsOptions,
): Promise<EmbeddingSet> {
  const parts = await earlierParts(folder, origin);
  let done = parts.at(-1)?.end ?? 0;
  if (done > 0) options.onResume(done);
  const total = origin.pairs.length;
  let size = FIRST_PART;
  while (done < total) {
    options.onProgress(done, total);
    const start = performance.now();
    const part = await embedPart(model, origin.pairs, done, Math.min(done + size, total), options);
    throwIfAborted(options.signal);
    await writePart(folder, done, part, model.info.embedDim);
    parts.push(part);
    const seconds = (performance.now() - start) / 1000;
    size = Math.min(Math.max(Math.round(((part.end - done) * PART_SECONDS) / seconds), 1), LARGEST_PART);
    done = part.end;
  }
  options.onProgress(total, total);
  return assemble(parts, origin, model);
}

async function embedPart(
  model: BiomedClip,
  pairs: readonly Pair[],
  start: number,
  end: number,
  { batchSize, onError, signal, onProgress }: EmbedInPartsOptions,
): Promise<PartRows> {
  const range = pairs.slice(start, end);
  const images = await model.embedBatch(
    { images: range.map(({ id, path }) => ({ id, source: path })) },
    {
      batchSize,
      onError,
      signal,
      onProgress: ({ done }) => onProgress(start + done, pairs.length),
    },
  );
  const lost = new Set(images.skipped.map(({ index }) => index));
  const kept = range.flatMap((_, i) => (lost.has(i) ? [] : [i]));
  const texts = await model.embedBatch(
    { texts: kept.map((i) => ({ id: range[i]?.id, text: range[i]?.caption ?? '' })) },
    { batchSize, signal },
  );
  return {
    end,
    kept: kept.map((i) => start + i),
    skipped: images.skipped.map(({ id, error }) => ({ id, error: `${error.name}: ${error.message}` })),
    truncated: texts.truncated.length,
    rows: sideBySide(images.images.data, texts.texts.data, model.info.embedDim),
  };
}

function sideBySide(images: Float32Array, texts: Float32Array, dim: number): Float32Array {
  const rows = new Float32Array(images.length + texts.length);
  for (let at = 0; at < images.length; at += dim) {
    rows.set(images.subarray(at, at + dim), 2 * at);
    rows.set(texts.subarray(at, at + dim), 2 * at + dim);
  }
  return rows;
}

async function writePart(
  folder: string,
  start: number,
  { rows, ...part }: PartRows,
  dim: number,
): Promise<void> {
  const name = join(folder, String(start).padStart(9, '0'));
  await writeText(`${name}.json`, JSON.stringify(part));
  await writeNpy(`${name}.npy`, { shape: [part.kept.length, 2 * dim], data: rows }); // its presence says: complete
}

/** The parts of an interrupted run, as far as they follow each other; a folder of anything else is emptied. */
async function earlierParts(folder: string, origin: Origin): Promise<PartRows[]> {
  const plan = join(folder, PLAN);
  const written = await stat(plan).catch(() => undefined);
  const before = written && (await readJson<Origin>(plan));
  if (!before || !sameOrigin(before, origin) || (await changedSince(origin, written.mtimeMs))) {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await writeText(plan, JSON.stringify(origin));
    return [];
  }
  const names = (await readdir(folder)).filter((name) => name.endsWith('.npy')).sort();
  const parts: PartRows[] = [];
  for (const name of names) {
    const part = await readJson<Part>(join(folder, name.replace('.npy', '.json')));
    if (!part || Number.parseInt(name, 10) !== (parts.at(-1)?.end ?? 0)) break;
    parts.push({ ...part, rows: (await readNpy(join(folder, name))).data });
  }
  return parts;
}

/** Undefined for what an interruption or a person left half written. */
async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T;
  } catch {
    return undefined;
  }
}

function writeText(path: string, text: string): Promise<void> {
  return writeLocalFile(path, (sink) => sink.write(new TextEncoder().encode(text)));
}

function assemble(parts: readonly PartRows[], { pairs: all }: Origin, { info }: BiomedClip): EmbeddingSet {
  const dim = info.embedDim;
  const pairs = parts.flatMap(({ kept }) => kept).flatMap((i) => all[i] ?? []);
  const rows = concatenate(parts.map(({ rows }) => rows));
  const ids = pairs.map(({ id }) => id);
  const half = (offset: number) => {
    const data = new Float32Array(pairs.length * dim);
    for (let i = 0; i < pairs.length; i++) {
      const from = 2 * i * dim + offset;
      data.set(rows.subarray(from, from + dim), i * dim);
    }
    return { data, rows: pairs.length, dim, ids };
  };
  const manifest = {
    model: info.name,
    fingerprint: info.fingerprint,
    ...(info.untrained ? { untrained: true as const } : {}),
    dtype: info.dtype,
    adapter: info.adapter,
    logitScale: info.logitScale,
    images: pairs.map(({ id, path }) => ({ id, path })),
    texts: pairs.map(({ id, caption }) => ({ id, caption })),
    skipped: parts.flatMap(({ skipped }) => skipped),
    truncated: parts.reduce((sum, { truncated }) => sum + truncated, 0),
  };
  return { pairs, images: half(0), texts: half(dim), manifest };
}
