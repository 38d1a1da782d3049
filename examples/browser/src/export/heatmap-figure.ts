import { cosineHeatmap, paint } from 'biomedclip-webgpu/plots';
import { cosines } from '../state/heatmap.ts';
import { session } from '../state/session.ts';
import { dark } from '../state/theme.ts';

/** The heatmap of the pairs that are shown, as the library draws it: SVG. */
export function heatmapFigure(): string {
  const matrix = cosines.value;
  if (!matrix) throw new Error('there is no heatmap yet');
  const shown = matrix.pairs.flatMap((pair) => session.pairs.value[pair] ?? []);
  const { svg } = cosineHeatmap({
    cosines: matrix.values,
    imageLabels: shown.map(({ id }) => id),
    textLabels: shown.map(({ caption }) => caption),
    pairsInAll: session.pairCount.value,
    closedBy: matrix.shownName,
  });
  return paint(svg, dark.value ? 'dark' : 'light');
}
