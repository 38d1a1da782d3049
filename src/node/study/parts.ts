import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { BiomedClip } from '../../api.ts';
import { OutputExistsError } from '../errors.ts';
import { writeLocalFile } from '../files.ts';
import type { ImageIdentity } from '../image-identity.ts';
import { type Manifest, type ManifestSkipped, REVISION } from '../manifest.ts';
import { readNpy, writeNpy } from '../npy.ts';
import type { EmbeddingSet } from './embedding-set.ts';
import type { Pair } from './pairs.ts';
import { changedImage, type Origin, type ReuseOptions } from './reuse.ts';

export interface PartsOptions extends ReuseOptions {
  /** Parts of another run are removed. */
  readonly force?: boolean;
}

/** A part's description, besides its rows. */
export interface Part {
  /** One past the last pair that it covers. */
  readonly end: number;
  /** Indices of the pairs that it has rows for. */
  readonly kept: readonly number[];
  /** Identities of the images of `kept`. */
  readonly identities: readonly ImageIdentity[];
  readonly skipped: readonly (ManifestSkipped & { readonly index: number })[];
  readonly truncated: number;
}

export interface PartRows extends Part {
  /** `[kept, 2 dim]`: an image's row and its text's. */
  readonly rows: Float32Array;
}

const PLAN = 'plan.json';

/** Writes a part that begins at a pair. An interrupted write leaves nothing that `earlierParts` accepts. */
export async function writePart(
  folder: string,
  start: number,
  { rows, ...part }: PartRows,
  dim: number,
): Promise<void> {
  const { about, data } = partFiles(folder, start);
  await writeText(about, JSON.stringify(part));
  await writeNpy(data, { shape: [part.kept.length, 2 * dim], data: rows }); // written last: marks the part as complete
}

function partFiles(folder: string, start: number) {
  const name = join(folder, String(start).padStart(9, '0'));
  return { about: `${name}.json`, data: `${name}.npy` };
}

/**
 * The consecutive parts of an interrupted run that are still valid. The others are removed.
 * @throws {OutputExistsError} where they are of other pairs, another model or adapter, and `force` is not given
 */
export async function earlierParts(
  folder: string,
  model: BiomedClip,
  origin: Origin,
  options: PartsOptions,
): Promise<PartRows[]> {
  const plan = planOf(model, origin);
  const earlier = await readFile(join(folder, PLAN), 'utf8').catch(() => undefined);
  const parts: PartRows[] = [];
  if (earlier !== undefined && earlier !== plan && !options.force && (await hasParts(folder))) {
    throw new OutputExistsError(folder, `has what is embedded of ${differenceOf(earlier, plan)}`);
  }
  if (earlier === plan) {
    for (let part = await readPart(folder, 0, model); part; ) {
      if (!(await isRight(part, origin, options))) break;
      parts.push(part);
      part = await readPart(folder, part.end, model);
    }
  }
  await removeAllBut(folder, parts);
  await writeText(join(folder, PLAN), plan);
  return parts;
}

/** Removes parts of embeddings that are there whole, of a run that was killed before it could; those of other pairs or another model stay. */
export async function removeDone(
  folder: string,
  {
    pairs,
    manifest,
  }: Pick<EmbeddingSet, 'pairs'> & { readonly manifest: Pick<Manifest, 'fingerprint' | 'dtype'> },
): Promise<void> {
  const text = await readFile(join(folder, PLAN), 'utf8').catch(() => undefined); // without one, parts are never used
  const plan = planFields(text ?? '');
  const { fingerprint, dtype } = manifest;
  const isOurs = plan.fingerprint === fingerprint && plan.dtype === dtype;
  if (text !== undefined && !(isOurs && isDeepStrictEqual(plan.pairs, named(pairs)))) return;
  await rm(folder, { recursive: true, force: true });
}

function named(pairs: readonly Pair[]) {
  return pairs.map(({ id, path, caption }) => ({ id, path, caption }));
}

/** What parts must have in common to be joined. Includes the adapter, since the manifest names one. */
function planOf({ info }: BiomedClip, { pairs, window }: Origin): string {
  const { fingerprint, dtype, adapter } = info;
  return JSON.stringify({ revision: REVISION, fingerprint, dtype, adapter, window, pairs: named(pairs) });
}

/** Whether some part is complete, so that something would be lost. */
async function hasParts(folder: string): Promise<boolean> {
  return (await readdir(folder).catch(() => [])).some((name) => name.endsWith('.npy'));
}

/** What tells two plans apart, in words. */
function differenceOf(earlier: string, plan: string): string {
  const [before, now] = [planFields(earlier), planFields(plan)];
  const key = Object.keys(now).find((name) => JSON.stringify(before[name]) !== JSON.stringify(now[name]));
  const words: Record<string, string> = {
    ...{ fingerprint: 'another model', dtype: 'another dtype', adapter: `the adapter ${before.adapter}` },
    ...{ window: 'another window', pairs: 'other pairs' },
  };
  return words[key ?? ''] ?? 'another version';
}

function planFields(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}

async function isRight(
  { kept, identities, skipped }: Part,
  { pairs }: Origin,
  options: ReuseOptions,
): Promise<boolean> {
  if (options.onError === 'fail' && skipped.length > 0) return false;
  const images = [
    ...kept.map((index, i) => ({ path: pairs[index]?.path ?? '', identity: identities[i] ?? {} })),
    ...skipped.map((image) => ({ path: pairs[image.index]?.path ?? '', identity: image })),
  ];
  return (await changedImage(images, { signal: options.signal })) === undefined;
}

/** The part that begins at a pair, or undefined if there is none or it is incomplete. */
async function readPart(folder: string, start: number, { info }: BiomedClip): Promise<PartRows | undefined> {
  const { about, data } = partFiles(folder, start);
  const [part, rows] = [await readJson<Part>(about), await readNpy(data).catch(() => undefined)];
  if (!part || rows?.shape[0] !== part.kept?.length || rows?.shape[1] !== 2 * info.embedDim) return undefined;
  return { ...part, rows: rows.data };
}

async function removeAllBut(folder: string, parts: readonly Part[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  const starts = parts.map((_, i) => parts[i - 1]?.end ?? 0);
  const kept = new Set(starts.flatMap((start) => Object.values(partFiles(folder, start))));
  for (const name of await readdir(folder)) {
    if (!kept.has(join(folder, name))) await rm(join(folder, name), { recursive: true, force: true });
  }
}

/** Undefined for an incomplete or damaged file. */
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
