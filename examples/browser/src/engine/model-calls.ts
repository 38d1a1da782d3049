import {
  BiomedClip,
  type BiomedClipError,
  type CheckpointSource,
  OtherFramesError,
  UnusedBitsError,
  type Vectors,
} from 'biomedclip-webgpu';
import { knownLabels } from './known-labels.ts';
import { pairDistances, selectRows } from './rows.ts';
import type {
  EmbeddedPairs,
  LabelScore,
  ModelSource,
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
    signal,
    onProgress,
    onWarning: ({ message }) => onWarning(message),
  });
}

/** The rows of pairs whose image can be read. @throws {Error} if there is none */
export async function embedPairs(
  model: BiomedClip,
  { pairs, window }: Pick<Wanted, 'pairs' | 'window'>,
  onProgress: OnProgress,
  onWarning: OnWarning,
  signal: AbortSignal,
): Promise<EmbeddedPairs> {
  const inputs = {
    images: pairs.map(({ id, image }) => ({ id, source: image, window })),
    texts: pairs.map(({ id, caption }) => ({ id, text: caption })),
  };
  const { images, texts, skipped, truncated } = await model.embedBatch(inputs, {
    onError: 'skip',
    onProgress: ({ kind, done, total }) => onProgress({ stage: `${kind}s`, done, total }),
    onWarning: (warning) => onWarning(wordsOf(warning)),
    signal,
  });
  const lost = new Set(skipped.map(({ index }) => index));
  const kept = pairs.flatMap((_, i) => (lost.has(i) ? [] : [i]));
  if (kept.length === 0) throw new Error(`No pair could be embedded: ${skipped[0]?.error.message}`);
  /** Where a pair lost its other half, its own row goes too. */
  const rowsOf = (side: 'image' | 'text') => {
    const own = new Set(skipped.filter(({ kind }) => kind === side).map(({ index }) => index));
    const present = pairs.flatMap((_, i) => (own.has(i) ? [] : [i]));
    return present.flatMap((i, row) => (lost.has(i) ? [] : [row]));
  };
  const vectors = {
    images: selectRows(images, rowsOf('image')),
    texts: selectRows(texts, rowsOf('text')),
    labels: knownLabels(kept.map((i) => pairs[i]?.label ?? '')),
  };
  return {
    ...vectors,
    kept,
    skipped: skipped.map(({ error }) => error.message),
    truncated: truncated.length,
    distances: pairDistances(vectors),
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
    texts: labels.map((label) => (template.includes('{}') ? template.replaceAll('{}', label) : label)),
  });
  const cosines = labels.map((_, row) => dot(images.data, texts.data, row, images.dim));
  const { logitScale, logitBias } = model.info;
  const highest = Math.max(...cosines);
  const weights = cosines.map((cosine) =>
    logitBias === undefined
      ? Math.exp(logitScale * (cosine - highest))
      : 1 / (1 + Math.exp(-logitScale * cosine - logitBias)),
  );
  const sum = logitBias === undefined ? weights.reduce((a, b) => a + b, 0) : 1;
  return labels
    .map((label, i) => ({ label, cosine: cosines[i] ?? 0, probability: (weights[i] ?? 0) / sum }))
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
