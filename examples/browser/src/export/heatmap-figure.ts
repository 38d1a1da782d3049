import { cosineHeatmap, paint } from 'biomedclip-webgpu/plots';
import { bySize } from '../data/by-size.ts';
import { rangeOf } from '../draw/heatmap-raster.ts';
import { cosines, heatmapScale } from '../state/heatmap.ts';
import { session } from '../state/session.ts';
import { dark } from '../state/theme.ts';
import { labelBands } from '../views/label-bands.ts';

const NO_LABEL = '(no label)';

const ORDERS = {
  file: 'file',
  label: 'label',
  cluster: 'cluster (average linkage)',
  similarity: 'cosine within the pair',
};

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
    range: heatmapScale.value === 'fixed' ? matrix.limits : rangeOf(matrix.values),
    orderedBy: ORDERS[matrix.order],
    ...(labelBands.value && {
      groups: shown.map(({ label }) => label || NO_LABEL),
      groupOrder: bySize(session.pairs.value.map(({ label }) => label || NO_LABEL)),
    }),
  });
  return paint(svg, dark.value ? 'dark' : 'light');
}
