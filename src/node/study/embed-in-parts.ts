import type { BiomedClip } from '../../api.ts';
import { throwIfAborted } from '../../errors.ts';
import { concatenate } from '../../platform/concatenate.ts';
import type { OnWarning } from '../../platform/warnings.ts';
import { IdentifiedImages } from '../image-identity.ts';
import { type Manifest, REVISION, rowFacts } from '../manifest.ts';
import { modelName, withoutHome } from '../provenance.ts';
import type { EmbeddingSet } from './embedding-set.ts';
import { earlierParts, type PartRows, type PartsOptions, writePart } from './parts.ts';
import type { Origin } from './reuse.ts';

export interface EmbedInPartsOptions extends PartsOptions {
  readonly batchSize?: number;
  readonly onWarning?: OnWarning;
  readonly onProgress: (done: number, total: number) => void;
  /** Called with the number of pairs that an interrupted run has embedded. */
  readonly onResume: (pairs: number) => void;
}

/** Target time of a part, which is what an interruption can lose. */
const PART_SECONDS = 20;
const FIRST_PART = 16;
const LARGEST_PART = 1024;

/**
 * Embeds pairs in parts and writes each to `folder` when it is done, so that after an interruption the next call
 * continues. The caller removes the folder. Parts of other pairs, another checkpoint or another adapter are not used,
 * nor those from the first changed image on, or from an image left out that now is an error.
 * @throws {OutputExistsError} for parts of another run, unless `force` is given
 * @throws {BiomedClipError} what `embedBatch` throws; parts stay
 */
export async function embedInParts(
  folder: string,
  model: BiomedClip,
  origin: Origin,
  options: EmbedInPartsOptions,
): Promise<EmbeddingSet> {
  const parts = await earlierParts(folder, model, origin, options);
  let done = parts.at(-1)?.end ?? 0;
  if (done > 0) options.onResume(done);
  const total = origin.pairs.length;
  let size = FIRST_PART;
  while (done < total) {
    options.onProgress(done, total);
    const start = performance.now();
    const part = await embedPart(model, origin, done, Math.min(done + size, total), options);
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
  { pairs, window }: Origin,
  start: number,
  end: number,
  { batchSize, onError, signal, onWarning, onProgress }: EmbedInPartsOptions,
): Promise<PartRows> {
  const range = pairs.slice(start, end);
  const read = new IdentifiedImages();
  const images = await model.embedBatch(
    { images: range.map(({ id, path }, i) => read.named(i, path, { id, window })) },
    {
      batchSize,
      onError,
      signal,
      onWarning,
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
    identities: kept.map((i) => read.identityOf(i)),
    skipped: images.skipped.map(({ index, id, error }) => ({
      index: start + index,
      id,
      error: withoutHome(`${error.name}: ${error.message}`),
      ...read.identityOf(index),
    })),
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

function assemble(
  parts: readonly PartRows[],
  { pairs: all, window }: Origin,
  { info }: BiomedClip,
): EmbeddingSet {
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
  const identities = parts.flatMap(({ identities }) => identities);
  const manifest: Manifest = {
    model: modelName(info.name),
    fingerprint: info.fingerprint,
    revision: REVISION,
    ...(info.untrained ? { untrained: true as const } : {}),
    dtype: info.dtype,
    adapter: info.adapter,
    window,
    logitScale: info.logitScale,
    images: pairs.map(({ id, path }, i) => ({ id, path: withoutHome(path), ...identities[i] })),
    texts: pairs.map(({ id, caption, ...known }) => ({ id, caption, ...rowFacts(known) })),
    skipped: parts.flatMap(({ skipped }) => skipped.map(({ index: _, ...rest }) => rest)),
    truncated: parts.reduce((sum, { truncated }) => sum + truncated, 0),
  };
  return { pairs, identities, images: half(0), texts: half(dim), manifest };
}
