import { sceneNow } from '../views/scene-now.ts';
import { mapSvg } from './map-svg.ts';

/** The map as the page shows it. */
export function mapPicture(): string {
  return mapSvg(sceneNow());
}

/** The heatmap of the pairs that are shown. What draws it is large, so it is fetched when it is wanted. */
export async function heatmapPicture(): Promise<string> {
  const { heatmapFigure } = await import('./heatmap-figure.ts');
  return heatmapFigure();
}
