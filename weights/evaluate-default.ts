import type { BiomedClip } from '../src/api.ts';
import type { Embeddings } from '../src/embeddings.ts';
import type { ImageSource } from '../src/image/source.ts';
import { dot } from '../src/metrics/linear-algebra.ts';

/** Pictures and captions: pair i belongs together. */
export interface RetrievalTest {
  readonly pictures: readonly ImageSource[];
  readonly captions: readonly string[];
}

/** Pictures that are to be told apart by captions: picture i belongs to caption `labels[i]`. */
export interface ZeroShotTest extends RetrievalTest {
  readonly labels: readonly number[];
  /** Groups by which the figures are also given; the labels if left out. */
  readonly sources?: readonly string[];
  /** Sources that were looked at while the model was chosen. */
  readonly seenInValidation?: readonly string[];
}

export interface EvaluationSet {
  /** Unseen drawings of names that were in training. */
  readonly drawings: RetrievalTest;
  /** Names and drawings that were held out. */
  readonly names: RetrievalTest;
  /** The nine example images of the study and their captions. */
  readonly examples: ZeroShotTest;
  /** The training generator's nine subjects, drawn with another seed. */
  readonly fresh: ZeroShotTest;
  /** Regions of real pictures that training did not use. */
  readonly crops: ZeroShotTest;
  /** The pairs for the modality gap. */
  readonly pairs: RetrievalTest;
}

/** A share from 0 to 1, and the chance level. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly chance: number;
  readonly of: number;
}

export interface GapFigures {
  /** Between the mean image and the mean text (Liang et al. 2022). */
  readonly centroidDistance: number;
  /** Mean cosine of different images, different texts, matching pairs, and pairs that do not match. */
  readonly imageImage: number;
  readonly textText: number;
  readonly matching: number;
  readonly mismatched: number;
}

/** Every figure of the default model's card, by the engine itself. */
export async function evaluateDefault(
  model: Pick<BiomedClip, 'embedBatch'>,
  set: EvaluationSet,
): Promise<{ figures: Figure[]; gap: GapFigures }> {
  const figures = [
    ...(await retrieval(model, 'unseen drawings of seen names', set.drawings, 1)),
    ...(await retrieval(model, 'unseen names', set.names, 10)),
    ...(await zeroShot(model, 'example images', set.examples)),
    ...(await zeroShot(model, 'freshly drawn', set.fresh)),
    ...(await zeroShot(model, 'held-out real regions', set.crops)),
  ];
  const { images, texts } = await embed(model, set.pairs);
  return { figures, gap: gapFigures(images, texts) };
}

async function retrieval(
  model: Pick<BiomedClip, 'embedBatch'>,
  name: string,
  test: RetrievalTest,
  k: number,
): Promise<Figure[]> {
  const { images, texts } = await embed(model, test);
  const figure = (direction: string, queries: Embeddings, items: Embeddings): Figure => ({
    name: `${name}, recall@${k}, ${direction}`,
    value: recallAt(k, queries, items),
    chance: k / items.rows,
    of: items.rows,
  });
  return [figure('text to image', texts, images), figure('image to text', images, texts)];
}

async function zeroShot(
  model: Pick<BiomedClip, 'embedBatch'>,
  name: string,
  test: ZeroShotTest,
): Promise<Figure[]> {
  const { images, texts } = await embed(model, test);
  const right = test.labels.map((label, i) => nearest(images, i, texts) === label);
  const chance = 1 / texts.rows;
  const share = (label: string, rows: readonly number[]): Figure => ({
    name: `${name}, ${label}`,
    value: rows.filter((row) => right[row]).length / rows.length,
    chance,
    of: rows.length,
  });
  const all = [...right.keys()];
  const top1 = share(`zero-shot top-1 of ${texts.rows}`, all);
  if (all.length <= texts.rows) return [top1]; // one picture per class: no groups
  const { sources, seenInValidation } = test;
  const groupOf = (i: number) => sources?.[i] ?? (test.captions[test.labels[i] as number] as string);
  const groups = [...new Set(all.map(groupOf))];
  const byGroup = groups.map((group) =>
    share(
      `of ${group}`,
      all.filter((i) => groupOf(i) === group),
    ),
  );
  if (!seenInValidation) return [top1, ...byGroup];
  const untouched = all.filter((i) => !seenInValidation.includes(groupOf(i)));
  return [top1, share('of sources first looked at here', untouched), ...byGroup];
}

async function embed(
  model: Pick<BiomedClip, 'embedBatch'>,
  { pictures, captions }: RetrievalTest,
): Promise<{ images: Embeddings; texts: Embeddings }> {
  return model.embedBatch({ images: pictures, texts: captions }, { batchSize: 32 });
}

/** The share of queries i whose item i is among the k most similar. */
function recallAt(k: number, queries: Embeddings, items: Embeddings): number {
  let found = 0;
  for (let i = 0; i < queries.rows; i++) {
    const own = cosine(queries, i, items, i);
    let before = 0;
    for (let j = 0; j < items.rows; j++) before += cosine(queries, i, items, j) > own ? 1 : 0;
    if (before < k) found++;
  }
  return found / queries.rows;
}

function nearest(queries: Embeddings, i: number, items: Embeddings): number {
  let best = 0;
  for (let j = 1; j < items.rows; j++) {
    if (cosine(queries, i, items, j) > cosine(queries, i, items, best)) best = j;
  }
  return best;
}

function gapFigures(images: Embeddings, texts: Embeddings): GapFigures {
  const [a, b] = [centroid(images), centroid(texts)];
  return {
    centroidDistance: Math.hypot(...a.map((value, d) => value - (b[d] as number))),
    imageImage: meanCosine(images, images, (i, j) => i !== j),
    textText: meanCosine(texts, texts, (i, j) => i !== j),
    matching: meanCosine(images, texts, (i, j) => i === j),
    mismatched: meanCosine(images, texts, (i, j) => i !== j),
  };
}

function centroid({ data, rows, dim }: Embeddings): number[] {
  const sums = new Array<number>(dim).fill(0);
  data.forEach((value, i) => {
    sums[i % dim] = (sums[i % dim] as number) + value / rows;
  });
  return sums;
}

function meanCosine(a: Embeddings, b: Embeddings, counts: (i: number, j: number) => boolean): number {
  let [sum, pairs] = [0, 0];
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < b.rows; j++) {
      if (!counts(i, j)) continue;
      sum += cosine(a, i, b, j);
      pairs++;
    }
  }
  return sum / pairs;
}

/** Of rows of length 1. */
function cosine(a: Embeddings, i: number, b: Embeddings, j: number): number {
  return dot(a.data.subarray(i * a.dim, (i + 1) * a.dim), b.data.subarray(j * b.dim, (j + 1) * b.dim));
}
