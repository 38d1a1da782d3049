import { pointColours } from '../draw/point-colours.ts';
import { colourMode } from '../state/map-look.ts';
import { distances, pairs } from '../state/pairs.ts';
import { dark } from '../state/theme.ts';
import { sceneNow } from '../views/scene-now.ts';
import { mapSvg } from './map-svg.ts';

/** The map as the page shows it. */
export function mapPicture(): string {
  const { legend } = pointColours(colourMode.value, pairs.value, distances.value, dark.value);
  return mapSvg(sceneNow(), legend, dark.value ? '#15181d' : '#ffffff');
}

/** The heatmap of the pairs that are shown. What draws it is large, so it is fetched when it is wanted. */
export async function heatmapPicture(): Promise<string> {
  const { heatmapFigure } = await import('./heatmap-figure.ts');
  return heatmapFigure();
}
