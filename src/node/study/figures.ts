import type { Figure } from '../../plots/chart.ts';
import { cosineHeatmap } from '../../plots/heatmap.ts';
import { quadrantHistograms } from '../../plots/histograms.ts';
import { quadrantValues } from '../../plots/quadrants.ts';
import { tsneMap } from '../../plots/tsne-map.ts';
import type { EmbeddingSet } from './embedding-set.ts';
import type { Measures } from './measure.ts';
import { classesOf, imageName, shortCaptions } from './pairs.ts';

export type FigureName = 'heatmap' | 'tsne' | 'cosines' | 'distances';

/** The pictures of a study. */
export function studyFigures({ pairs }: EmbeddingSet, measures: Measures): Record<FigureName, Figure> {
  const { sample, cosines, distances, tsne, imageToText } = measures;
  const names = shortCaptions(pairs.map(({ caption }) => caption));
  const counts = { pairs: sample.length, pairsInAll: pairs.length };
  return {
    heatmap: cosineHeatmap({
      cosines,
      imageLabels: sample.map((i) => (pairs[i] ? imageName(pairs[i]) : '')),
      textLabels: sample.map((i) => names[i] ?? ''),
      pairsInAll: pairs.length,
    }),
    tsne: tsneMap({
      points: tsne.embedding,
      names,
      distances: imageToText.own,
      classes: classesOf(pairs),
      perplexity: tsne.perplexity,
      klDivergence: tsne.klDivergence,
    }),
    cosines: quadrantHistograms({
      metric: 'cosine',
      values: quadrantValues(cosines, sample.length),
      ...counts,
    }),
    distances: quadrantHistograms({
      metric: 'euclidean',
      values: quadrantValues(distances, sample.length),
      ...counts,
    }),
  };
}
