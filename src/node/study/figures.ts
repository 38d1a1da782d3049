import type { Figure } from '../../plots/chart.ts';
import { cosineHeatmap } from '../../plots/heatmap.ts';
import { quadrantHistograms } from '../../plots/histograms.ts';
import { quadrantValues } from '../../plots/quadrants.ts';
import { tsneMap } from '../../plots/tsne-map.ts';
import { methodText } from '../cli/closing-text.ts';
import { closingFigures } from '../closing-figures.ts';
import type { StudyClosing } from './closing.ts';
import type { EmbeddingSet } from './embedding-set.ts';
import type { Measures } from './measure.ts';
import { classesOf, imageName, shortCaptions } from './pairs.ts';

export type FigureName = 'heatmap' | 'tsne' | 'cosines' | 'distances';
/** Drawn where a closing was asked for, and there is something to draw. */
export type ClosingFigureName = 'closing-front' | 'closing-temperature' | 'tsne-closed';
export type Figures = Readonly<Record<FigureName, Figure> & Partial<Record<ClosingFigureName, Figure>>>;

/** The pictures of a study. */
export function studyFigures({ pairs }: EmbeddingSet, measures: Measures): Figures {
  const { sample, cosines, distances, tsne, imageToText } = measures;
  const names = shortCaptions(pairs.map(({ caption }) => caption));
  const counts = { pairs: sample.length, pairsInAll: pairs.length, title: false };
  return {
    ...(measures.closing && figuresOfClosing(measures.closing, { names, classes: classesOf(pairs) })),
    heatmap: heatmapOf(pairs, names, measures),
    tsne: tsneMap({
      points: tsne.embedding,
      names,
      distances: imageToText.own,
      classes: classesOf(pairs),
      perplexity: tsne.perplexity,
      klDivergence: tsne.klDivergence,
      title: false,
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

function heatmapOf(
  pairs: EmbeddingSet['pairs'],
  names: readonly string[],
  { sample, cosines, groups }: Measures,
): Figure {
  const figure = cosineHeatmap({
    cosines,
    imageLabels: sample.map((i) => (pairs[i] ? imageName(pairs[i]) : '')),
    textLabels: sample.map((i) => names[i] ?? ''),
    pairsInAll: pairs.length,
    groups,
    title: false,
  });
  if (!groups || classesOf(pairs)) return figure;
  const clusters = 'The groups are clusters by k-means, each named by the caption of its most central pair.';
  return { ...figure, subtitle: `${figure.subtitle} ${clusters}` };
}

function figuresOfClosing(
  { report, sweep, tsne, imageToText }: StudyClosing,
  named: { readonly names: readonly string[]; readonly classes: readonly string[] | undefined },
): Partial<Record<ClosingFigureName, Figure>> {
  const { front, temperature } = sweep ? closingFigures(sweep, { title: false }) : {};
  const { embedding: points, perplexity, klDivergence } = tsne;
  return {
    ...(front && { 'closing-front': front }),
    ...(temperature && { 'closing-temperature': temperature }),
    'tsne-closed': tsneMap({
      points,
      distances: imageToText.own,
      perplexity,
      klDivergence,
      closedBy: methodText(report),
      title: false,
      ...named,
    }),
  };
}
