import { cosineHeatmap, paint } from 'biomedclip-webgpu/plots';
import { cosines } from '../state/heatmap.ts';
import { pairCount, pairs } from '../state/pairs.ts';
import { dark } from '../state/theme.ts';

/** The heatmap of the pairs that are shown, as the library draws it: SVG. */
export function heatmapFigure(): string {
  const matrix = cosines.value;
  if (!matrix) throw new Error('there is no heatmap yet');
  const shown = matrix.pairs.flatMap((pair) => pairs.value[pair] ?? []);
  const { svg } = cosineHeatmap({
    cosines: matrix.values,
    imageLabels: shown.map(({ id }) => id),
    textLabels: shown.map(({ caption }) => caption),
    pairsInAll: pairCount.value,
  });
  return paint(svg, dark.value ? 'dark' : 'light');
}
