import type { Layer } from '@deck.gl/core';
import { IconLayer, ScatterplotLayer } from '@deck.gl/layers';
import { type MapMarks, THUMBNAIL } from './map-marks.ts';
import type { MapScene } from './map-scene.ts';
import { ATLAS_CELLS } from './thumbnail-atlas.ts';

const RING = 2;
/** What is not highlighted. */
const FADED = 60;

/** Images as small pictures in a ring of their colour. */
export function thumbnailLayers(scene: MapScene, { thumbnails, atlas }: MapMarks): Layer[] {
  const { points, rgb, highlighted } = scene;
  const place = (row: number): [number, number] => [points[2 * row] ?? 0, points[2 * row + 1] ?? 0];
  const alpha = (row: number) => (!highlighted || highlighted.has(row) ? 255 : FADED);
  const updateTriggers = { getPosition: points, getColor: highlighted, getLineColor: [rgb, highlighted] };
  const layers: Layer[] = [];
  if (atlas && thumbnails.length > 0) {
    layers.push(
      new IconLayer({
        id: 'thumbnails',
        data: thumbnails,
        iconAtlas: atlas as never, // an ImageData, which deck.gl takes but does not list
        iconMapping: ATLAS_CELLS,
        getIcon: ({ cell }) => String(cell),
        getPosition: ({ row }) => place(row),
        getSize: THUMBNAIL - 2 * RING,
        getColor: ({ row }) => [255, 255, 255, alpha(row)],
        updateTriggers,
      }),
      new ScatterplotLayer({
        id: 'thumbnail-rings',
        data: thumbnails,
        getPosition: ({ row }) => place(row),
        getRadius: THUMBNAIL / 2 - RING,
        getLineColor: ({ row }) => [
          rgb[3 * row] ?? 0,
          rgb[3 * row + 1] ?? 0,
          rgb[3 * row + 2] ?? 0,
          alpha(row),
        ],
        getLineWidth: RING,
        filled: false,
        stroked: true,
        radiusUnits: 'pixels',
        lineWidthUnits: 'pixels',
        updateTriggers,
      }),
    );
  }
  return layers;
}
