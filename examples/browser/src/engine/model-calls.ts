import {
  BiomedClip,
  type BiomedClipError,
  type CheckpointSource,
  OtherFramesError,
  UnusedBitsError,
  type Vectors,
} from 'biomedclip-webgpu';
import { type KnownRows, knownRows } from '../keep/known-rows.ts';
import { Store } from '../keep/store.ts';
import { embedMissing } from './embed-missing.ts';
import { knownLabels } from './known-labels.ts';
import type { BatchRows } from './label-batch.ts';
import { inTemplate, labelProbabilities } from './label-probabilities.ts';
import { pairDistances } from './rows.ts';
import type {
  EmbeddedPairs,
  LabelScore,
  ModelSource,
  NamedFile,
  OnProgress,
  OnWarning,
  Query,
  Wanted,
  WindowChoice,
} from './types.ts';

export function loadModel(
  source: ModelSource,
  onProgress: OnProgress,
  onWarning: OnWarning,
  signal: AbortSignal,
): Promise<BiomedClip> {
  return BiomedClip.load(placeOf(source), {
    dtype: source.dtype,
    signal,
    onProgress,
    onWarning: ({ message }) => onWarning(message),
  });
}

/** The rows of pairs whose image can be read, those kept from before too. @throws {Error} if there is none */
export async function embedPairs(
  model: BiomedClip,
  { pairs, window }: Pick<Wanted, 'pairs' | 'window'>,
  onProgress: OnProgress,
  onWarning: OnWarning,
  signal: AbortSignal,
): Promise<EmbeddedPairs> {
  const { embedDim: dim, fingerprint, dtype } = model.info;
  const program = `${fingerprint} ${dtype} ${ownName()}`;
  const known = await keptRows(program, { pairs, window }, onProgress, signal);
  const { skipped, truncated, warned, ...rows } = await embedMissing(model, { pairs, window }, known, {
    onProgress: ({ kind, done, total }) => onProgress({ stage: `${kind}s`, done, total }),
    onWarning: (warning) => onWarning(wordsOf(warning)),
    signal,
  });
  /** Where a pair lost its other half, its own row goes too. */
  const kept = pairs.flatMap((_, i) => (rows.images.has(i) && rows.texts.has(i) ? [i] : []));
  if (kept.length === 0) throw new Error(`No pair could be embedded: ${skipped[0]?.error.message}`);
  const vectorsOf = (side: ReadonlyMap<number, Float32Array>): Vectors => {
    const data = new Float32Array(kept.length * dim);
    for (const [row, i] of kept.entries()) data.set(side.get(i) ?? [], row * dim);
    return { data, rows: kept.length, dim, ids: kept.map((i) => pairs[i]?.id ?? '') };
  };
  const among = (some: readonly number[]) => {
    const wanted = new Set(some);
    return kept.flatMap((i, row) => (wanted.has(i) ? [row] : []));
  };
  const vectors = {
    images: vectorsOf(rows.images),
    texts: vectorsOf(rows.texts),
    labels: knownLabels(kept.map((i) => pairs[i]?.label ?? '')),
  };
  return {
    ...vectors,
    madeBy: { program, remarked: { images: among(warned), texts: among(truncated) } },
    kept,
    skipped: skipped.map(({ error }) => error.message),
    truncated: truncated.length,
    distances: pairDistances(vectors),
    known: kept.filter((i) => known.images[i] && known.texts[i]).length,
  };
}

/** A build's own name has a hash of the program. */
function ownName(): string {
  return self.location.pathname.split('/').at(-1) ?? '';
}

async function keptRows(
  program: string,
  { pairs, window }: Pick<Wanted, 'pairs' | 'window'>,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<KnownRows> {
  const onDone = (done: number) => onProgress({ stage: 'known', done, total: pairs.length });
  try {
    return await knownRows(await Store.open(), program, pairs, window, onDone, signal);
  } catch {
    signal.throwIfAborted();
    return { images: [], texts: [] }; // what is kept cannot be read: all of it is embedded
  }
}

/** Images that can be read, as rows, with what is known of them. @throws {Error} if none can */
export async function embedFiles(
  model: BiomedClip,
  files: readonly NamedFile[],
  window: WindowChoice | undefined,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<BatchRows & { readonly skipped: readonly string[] }> {
  const { images, skipped } = await model.embedBatch(
    { images: files.map(({ name, image }) => ({ id: name, source: image, window })) },
    {
      onError: 'skip',
      onProgress: ({ kind, done, total }) => onProgress({ stage: `${kind}s`, done, total }),
      signal,
    },
  );
  const lost = new Set(skipped.map(({ index }) => index));
  const kept = files.filter((_, i) => !lost.has(i));
  const messages = skipped.map(({ error }) => error.message);
  if (kept.length === 0) throw new Error(`No image could be embedded: ${messages[0]}`);
  return {
    images,
    names: kept.map(({ name }) => name),
    truths: kept.map(({ truth }) => truth),
    skipped: messages,
  };
}

/** One row, `[1, D]` */
export async function embedQuery(model: BiomedClip, query: Query, window?: WindowChoice): Promise<Vectors> {
  if (query.kind === 'text') return (await model.embedBatch({ texts: [query.text] })).texts;
  const { name: id, image: source } = query;
  return (await model.embedBatch({ images: [{ id, source, window }] })).images;
}

/**
 * softmax(logitScale x cosine), or a sigmoid with the model's bias, of an image with each label put into the template in
 * place of `{}`.
 */
export async function zeroShot(
  model: BiomedClip,
  image: Blob,
  name: string,
  labels: readonly string[],
  template: string,
  window: WindowChoice | undefined,
): Promise<LabelScore[]> {
  const { images, texts } = await model.embedBatch({
    images: [{ id: name, source: image, window }],
    texts: labels.map((label) => inTemplate(template, label)),
  });
  const cosines = labels.map((_, row) => dot(images.data, texts.data, row, images.dim));
  const { logitScale, logitBias } = model.info;
  const probabilities = labelProbabilities(cosines, logitScale, logitBias);
  return labels
    .map((label, i) => ({ label, cosine: cosines[i] ?? 0, probability: probabilities[i] ?? 0 }))
    .sort((a, b) => b.probability - a.probability);
}

/** What to do about it is another thing here than in a program. */
function wordsOf(warning: BiomedClipError): string {
  if (warning instanceof UnusedBitsError) {
    const [first] = warning.images;
    return `${warning.images.length} of the pictures use few of their 16 bits, and came out nearly black (${first?.id}, …): choose the window “auto” or “low to high”, and embed again.`;
  }
  if (warning instanceof OtherFramesError) {
    const [first] = warning.images;
    return `${warning.images.length} of the files have several pictures, of which one was embedded (${first?.id}: ${first?.frames}, …).`;
  }
  return warning.message;
}

function placeOf(source: ModelSource): CheckpointSource | undefined {
  if (source.kind === 'embedded') return undefined;
  return source.kind === 'folder' ? source.folder : source.files;
}

/** Of the one vector a `[D]` with a row of b `[rows, D]`. */
function dot(a: Float32Array, b: Float32Array, row: number, dim: number): number {
  let sum = 0;
  for (let d = 0; d < dim; d++) sum += (a[d] ?? 0) * (b[row * dim + d] ?? 0);
  return sum;
}
