import type { Layer } from '@deck.gl/core';
import { IconLayer, ScatterplotLayer, TextLayer } from '@deck.gl/layers';
import { type MapMarks, THUMBNAIL } from './map-marks.ts';
import { type MapScene, markSizes } from './map-scene.ts';
import { ATLAS_CELLS } from './thumbnail-atlas.ts';

const RING = 2;
/** What is not highlighted. */
const FADED = 60;

/** Images as small pictures in a ring of their colour, and the first words of texts. */
export function thumbnailLayers(scene: MapScene, { thumbnails, words, atlas }: MapMarks): Layer[] {
  const { points, rgb, highlighted, ink, paper } = scene;
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
  if (words.length > 0) {
    layers.push(
      new TextLayer({
        id: 'words',
        data: words,
        getText: ({ text }) => text,
        getPosition: ({ row }) => place(row),
        getPixelOffset: [markSizes(scene).radius + 5, 0],
        getTextAnchor: 'start',
        getSize: 11,
        getColor: ({ row }) => [...ink, alpha(row)],
        background: true,
        getBackgroundColor: [...paper, 190],
        backgroundPadding: [2, 1],
        fontFamily: 'Inter, system-ui, "Segoe UI", Roboto, Arial, sans-serif',
        characterSet: 'auto',
        updateTriggers: { ...updateTriggers, getColor: [highlighted, ink] },
      }),
    );
  }
  return layers;
}
