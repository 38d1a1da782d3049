import type { GapComparison } from '../../metrics/gap/compare.ts';
import type { Figure } from '../../plots/chart.ts';
import { figureGrid } from '../../plots/figure-grid.ts';
import { comparisonCsv, comparisonJson } from '../cli/comparison-text.ts';
import type { Provenance } from '../provenance.ts';
import type { Figures } from './figures.ts';
import { type Study, studyJson } from './write-study.ts';

/** One model's study among several over the same pairs. */
export interface NamedStudy {
  readonly name: string;
  /** Where its own report is, from the comparison's. */
  readonly folder: string;
  readonly study: Study;
  readonly figures: Figures;
}

/** Several models over the same pairs. */
export interface ComparedStudies {
  /** As the user named them, without private paths. */
  readonly sources: readonly string[];
  readonly provenance: Provenance;
  readonly studies: readonly NamedStudy[];
  readonly comparison: GapComparison;
}

/** The figures of all models side by side, by the name of each kind. */
export function comparisonFigures({
  studies,
}: Pick<ComparedStudies, 'studies'>): Record<'tsne' | 'heatmap', Figure> {
  const grid = (kind: 'tsne' | 'heatmap', title: string) => {
    const cells = studies.map(({ name, figures }) => ({ name, figure: figures[kind] }));
    const subtitle = cells.map(({ name, figure }) => `${name}: ${figure.title}.`).join(' ');
    return figureGrid(cells, { title, subtitle });
  };
  return {
    tsne: grid('tsne', 'Maps of images and texts by t-SNE, one a model'),
    heatmap: grid('heatmap', 'Cosines of all images and texts, one heatmap a model'),
  };
}

/** The tables of a comparison, by file name. */
export function comparisonTables({ comparison }: ComparedStudies): Map<string, string> {
  return new Map([['comparison.csv', `${comparisonCsv(comparison).join('\n')}\n`]]);
}

/** The comparison's numbers, and the numbers of each model's own study. */
export function comparedStudiesJson({ sources, provenance, studies, comparison }: ComparedStudies): object {
  return {
    provenance,
    sources,
    comparison: comparisonJson(comparison),
    studies: studies.map(({ name, folder, study }) => ({ name, folder, ...studyJson(study) })),
  };
}
