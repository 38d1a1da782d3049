import { BiomedClip, type CheckpointSource, type Vectors } from 'biomedclip-webgpu';
import { type KnownRows, knownRows } from '../keep/known-rows.ts';
import { Store } from '../keep/store.ts';
import type { BatchRows } from './label-batch.ts';
import { inTemplate, labelProbabilities } from './label-probabilities.ts';
import { PairEmbedding } from './pair-embedding.ts';
import { withRowsBefore } from './rows-before.ts';
import type {
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
    onDeviceLost: 'error', // the page asks first, and draws again what it drew
    dtype: source.dtype,
    signal,
    onProgress,
    onWarning: ({ message }) => onWarning(message),
  });
}

/** Pairs to embed by the model, but for those that are known from before. */
export async function pairEmbedding(
  model: BiomedClip,
  { pairs, window, before }: Pick<Wanted, 'pairs' | 'window' | 'before'>,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<PairEmbedding> {
  const { fingerprint, dtype } = model.info;
  const program = `${fingerprint} ${dtype} ${ownName()}`;
  const kept = await keptRows(program, { pairs, window }, onProgress, signal);
  return new PairEmbedding(model, { pairs, window }, program, withRowsBefore(kept, before, program));
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
