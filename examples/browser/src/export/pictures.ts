import { pointColours } from '../draw/point-colours.ts';
import { cosines } from '../state/heatmap.ts';
import { colourMode } from '../state/map-look.ts';
import { distances, pairCount, pairs } from '../state/pairs.ts';
import { dark } from '../state/theme.ts';
import { sceneNow } from '../views/scene-now.ts';
import { mapSvg } from './map-svg.ts';

/** The map as the page shows it. */
export function mapPicture(): string {
  const { legend } = pointColours(colourMode.value, pairs.value, distances.value, dark.value);
  return mapSvg(sceneNow(), legend, dark.value ? '#15181d' : '#ffffff');
}

/** The heatmap of the pairs that are shown, as the library draws it. */
export async function heatmapPicture(): Promise<string> {
  const matrix = cosines.value;
  if (!matrix) throw new Error('there is no heatmap yet');
  const { cosineHeatmap, paint } = await import('biomedclip-webgpu/plots');
  const shown = matrix.pairs.flatMap((pair) => pairs.value[pair] ?? []);
  const { svg } = cosineHeatmap({
    cosines: matrix.values,
    imageLabels: shown.map(({ id }) => id),
    textLabels: shown.map(({ caption }) => caption),
    pairsInAll: pairCount.value,
  });
  return paint(svg, dark.value ? 'dark' : 'light');
}
