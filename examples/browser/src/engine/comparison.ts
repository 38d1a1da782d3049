import { COMPARED_STATISTICS, compareGaps, tsne } from 'biomedclip-webgpu';
import { pairFigures } from './pair-figures.ts';
import { stacked } from './rows.ts';
import { methodFor, SETTLING } from './tsne-settings.ts';
import type { ComparedSide, CompareOptions, Comparison, PairVectors, Vectors } from './types.ts';

/** Values in the rows of a side up to which differences get intervals: an eigendecomposition a resample takes its time. */
const QUICK = 100_000;
const RESAMPLES = 100;

/** Two embeddings of the same pairs, row i of one with row i of the other: their gaps, and each pair's figures. */
export async function compared(
  a: ComparedSide,
  b: ComparedSide,
  { hasIntervals }: Pick<CompareOptions, 'hasIntervals'>,
  signal: AbortSignal,
): Promise<Comparison> {
  const isQuick = a.vectors.images.data.length <= QUICK && b.vectors.images.data.length <= QUICK;
  const models = [a, b].map(({ name, vectors: { images, texts } }) => ({
    ...{ name, images: bare(images), texts: bare(texts) },
  }));
  const { differences } = await compareGaps(models, {
    ...{ pairBy: 'rows', resamples: hasIntervals && isQuick ? RESAMPLES : 0, permutations: 0, signal },
  });
  const titles = new Map(
    COMPARED_STATISTICS.map(({ name, plainTitle, title }) => [name, plainTitle ?? title]),
  );
  return {
    statistics: (differences[0]?.statistics ?? []).map(({ name, ...rest }) => ({
      ...rest,
      name,
      title: capitalised(titles.get(name) ?? name),
    })),
    a: await pairFigures(a.vectors, signal),
    b: await pairFigures(b.vectors, signal),
  };
}

function capitalised(title: string): string {
  return title.charAt(0).toUpperCase() + title.slice(1);
}

/** Rows belong together by their place here, whatever they are called. */
function bare({ data, rows, dim }: Vectors): Vectors {
  return { data, rows, dim };
}

/** A map beside another of the same pairs, which it starts from, so that what is elsewhere has moved. `[2n, 2]` */
export async function mapBeside(
  pairs: PairVectors,
  init: Float32Array,
  perplexity: number,
  signal: AbortSignal,
): Promise<Float32Array> {
  const points = stacked(pairs);
  const { embedding } = await tsne(points, {
    ...{ perplexity, init, ...SETTLING, signal },
    method: methodFor(points.rows),
  });
  return embedding;
}
