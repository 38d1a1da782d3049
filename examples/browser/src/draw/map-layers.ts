import type { Layer } from '@deck.gl/core';
import { LineLayer, ScatterplotLayer } from '@deck.gl/layers';
import { linkEnds, type MapScene, rgba } from './map-scene.ts';

/** Images are discs and texts rings, so that they differ without colour. */
export function mapLayers(scene: MapScene): Layer[] {
  return [links(scene), ...markers(scene), rings(scene), query(scene)];
}

function links(scene: MapScene): Layer {
  const { from, to } = linkEnds(scene);
  const many = scene.links.length > 200;
  return new LineLayer({
    id: 'links',
    data: {
      length: scene.links.length,
      attributes: { getSourcePosition: { value: from, size: 2 }, getTargetPosition: { value: to, size: 2 } },
    },
    getColor: [...scene.link, many ? 70 : 130],
    getWidth: many ? 0.7 : 1,
    widthUnits: 'pixels',
  });
}

/** Smaller where there are many: from 5.5 to 1.4 pixels. */
function radius(points: number): number {
  return Math.max(1.4, Math.min(5.5, 75 / Math.sqrt(points)));
}

function markers(scene: MapScene): Layer[] {
  const { points } = scene;
  const n = points.length / 4;
  const colours = rgba(scene);
  const common = { radiusUnits: 'pixels', getRadius: radius(2 * n), lineWidthUnits: 'pixels' } as const;
  return [
    new ScatterplotLayer({
      id: 'images',
      ...common,
      data: {
        length: n,
        attributes: {
          getPosition: { value: points.subarray(0, 2 * n), size: 2 },
          getFillColor: { value: colours.subarray(0, 4 * n), size: 4, normalized: true },
        },
      },
    }),
    new ScatterplotLayer({
      id: 'texts',
      ...common,
      filled: false,
      stroked: true,
      getLineWidth: Math.max(0.8, radius(2 * n) * 0.38),
      data: {
        length: n,
        attributes: {
          getPosition: { value: points.subarray(2 * n), size: 2 },
          getLineColor: { value: colours.subarray(4 * n), size: 4, normalized: true },
        },
      },
    }),
  ];
}

function rings({ points, ringed, ink }: MapScene): Layer {
  const size = radius(points.length / 2);
  return new ScatterplotLayer<number>({
    id: 'rings',
    data: ringed,
    getPosition: (point) => [points[2 * point] ?? 0, points[2 * point + 1] ?? 0],
    getRadius: (_, { index }) => size + (index === 0 ? 5 : 3.5),
    getLineColor: (_, { index }) => [...ink, index === 0 ? 255 : 150],
    getLineWidth: (_, { index }) => (index === 0 ? 2 : 1.2),
    filled: false,
    stroked: true,
    radiusUnits: 'pixels',
    lineWidthUnits: 'pixels',
    updateTriggers: { getPosition: points },
  });
}

function query({ query: place, ink }: MapScene): Layer {
  return new ScatterplotLayer<readonly [number, number]>({
    id: 'query',
    data: place ? [place] : [],
    getPosition: ([x, y]) => [x, y],
    getRadius: 8,
    getFillColor: [214, 40, 120],
    getLineColor: [...ink],
    getLineWidth: 2,
    stroked: true,
    radiusUnits: 'pixels',
    lineWidthUnits: 'pixels',
  });
}
