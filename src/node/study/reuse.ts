import { isDeepStrictEqual } from 'node:util';
import { throwIfAborted } from '../../errors.ts';
import type { WindowChoice } from '../../image/source.ts';
import { type CheckpointChoice, isSameCheckpoint, usualDtype } from '../checkpoint-identity.ts';
import { type ImageIdentity, isUnchanged } from '../image-identity.ts';
import { REVISION } from '../manifest.ts';
import type { EmbeddingSet } from './embedding-set.ts';
import type { Pair } from './pairs.ts';

/** What is to be embedded, and with which model. */
export interface Origin extends CheckpointChoice {
  /** Undefined for the checkpoint's usual one. */
  readonly dtype?: string;
  /** Window for 16-bit grey images. */
  readonly window?: WindowChoice;
  readonly pairs: readonly Pair[];
}

export interface ReuseOptions {
  /** With `fail`, embeddings that lack pairs are not reused. */
  readonly onError: 'fail' | 'skip';
  readonly signal: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** An image, and its identity when it was read or failed to be. */
export interface ReadImage {
  readonly path: string;
  readonly identity: ImageIdentity;
}

/** Files checked concurrently. */
const AT_ONCE = 16;

/**
 * The embeddings with the pairs of `origin`, or the reason why they cannot be reused: pairs, options, and the content
 * of images and checkpoint must be the same. The adapter may differ, which changes rounding only.
 * @throws {BiomedClipError} what loading the checkpoint would throw, where it cannot be read
 */
export async function reuse(
  set: EmbeddingSet,
  origin: Origin,
  options: ReuseOptions,
): Promise<EmbeddingSet | { readonly reason: string }> {
  const { fingerprint, stamps, revision, dtype, window, closing } = set.manifest;
  if (fingerprint === undefined || revision !== REVISION) return { reason: 'another version embedded them' };
  if (closing) return { reason: 'their gap is closed' };
  if (dtype !== (origin.dtype ?? (await usualDtype(origin.model, options.signal))))
    return { reason: `they are of the dtype ${dtype}` };
  if (!isDeepStrictEqual(window, origin.window)) return { reason: 'they are of another window' };
  const found = findPairs(set, origin.pairs, options.onError);
  if (!found) return { reason: 'they are of other pairs' };
  if (!(await isSameCheckpoint(origin, { fingerprint, stamps }, options.signal))) {
    return { reason: 'they are of another checkpoint' };
  }
  const changed = await changedImage(found.images, options);
  return changed === undefined ? { ...set, pairs: found.pairs } : { reason: `${changed} has changed` };
}

/**
 * The wanted pairs that have a row, and the images of all, since a skipped image may have been repaired. Undefined
 * unless rows and skipped inputs together are the wanted pairs, in order.
 */
function findPairs(
  { pairs, identities, manifest }: EmbeddingSet,
  wanted: readonly Pair[],
  onError: 'fail' | 'skip',
): { readonly pairs: readonly Pair[]; readonly images: readonly ReadImage[] } | undefined {
  const leftOut = new Map(onError === 'skip' ? manifest.skipped.map((skipped) => [skipped.id, skipped]) : []);
  const found: Pair[] = [];
  const images: ReadImage[] = [];
  for (const pair of wanted) {
    const [row, identity, skipped] = [pairs[found.length], identities[found.length], leftOut.get(pair.id)];
    if (identity?.sha256 !== undefined && pair.path === row?.path && pair.caption === row.caption) {
      images.push({ path: pair.path, identity });
      found.push(pair);
    } else if (skipped) images.push({ path: pair.path, identity: skipped });
    else return undefined;
  }
  return found.length === pairs.length ? { pairs: found, images } : undefined;
}

/** The path of the first changed image, or undefined if none changed. */
export async function changedImage(
  images: readonly ReadImage[],
  { signal, onProgress }: Pick<ReuseOptions, 'signal' | 'onProgress'>,
): Promise<string | undefined> {
  // One image has as many rows as captions.
  const keyOf = ({ path, identity: { sha256, stamp } }: ReadImage) => JSON.stringify([path, sha256, stamp]);
  const distinct = [...new Map(images.map((image) => [keyOf(image), image])).values()];
  for (let at = 0; at < distinct.length; at += AT_ONCE) {
    throwIfAborted(signal);
    onProgress?.(at, distinct.length);
    const some = distinct.slice(at, at + AT_ONCE);
    const same = await Promise.all(some.map(({ path, identity }) => isUnchanged(path, identity)));
    const changed = some[same.indexOf(false)];
    if (changed) return changed.path;
  }
  return undefined;
}
