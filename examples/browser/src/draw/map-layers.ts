import type { Layer } from '@deck.gl/core';
import { LineLayer, ScatterplotLayer } from '@deck.gl/layers';
import { linkEnds, type MapScene, markSizes, QUERY_COLOUR, rgba, ringSizes } from './map-scene.ts';

export function mapLayers(scene: MapScene): Layer[] {
  return [links(scene), ...markers(scene), rings(scene), query(scene)];
}

function links(scene: MapScene): Layer {
  const { from, to } = linkEnds(scene);
  const { width, alpha } = markSizes(scene).link;
  return new LineLayer({
    id: 'links',
    data: {
      length: scene.links.length,
      attributes: { getSourcePosition: { value: from, size: 2 }, getTargetPosition: { value: to, size: 2 } },
    },
    getColor: [...scene.link, alpha],
    getWidth: width,
    widthUnits: 'pixels',
  });
}

function markers(scene: MapScene): Layer[] {
  const { points } = scene;
  const n = points.length / 4;
  const colours = rgba(scene);
  const { radius, ring } = markSizes(scene);
  const common = { radiusUnits: 'pixels', getRadius: radius, lineWidthUnits: 'pixels' } as const;
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
      getLineWidth: ring,
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

function rings(scene: MapScene): Layer {
  const { points, ringed, ink } = scene;
  const { radius } = markSizes(scene);
  return new ScatterplotLayer<number>({
    id: 'rings',
    data: ringed,
    getPosition: (point) => [points[2 * point] ?? 0, points[2 * point + 1] ?? 0],
    getRadius: (_, { index }) => ringSizes(radius, index).radius,
    getLineColor: (_, { index }) => [...ink, ringSizes(radius, index).alpha],
    getLineWidth: (_, { index }) => ringSizes(radius, index).line,
    filled: false,
    stroked: true,
    radiusUnits: 'pixels',
    lineWidthUnits: 'pixels',
    updateTriggers: { getPosition: points },
  });
}

function query(scene: MapScene): Layer {
  const { query: place, ink } = scene;
  const { radius, line } = markSizes(scene).query;
  return new ScatterplotLayer<readonly [number, number]>({
    id: 'query',
    data: place ? [place] : [],
    getPosition: ([x, y]) => [x, y],
    getRadius: radius,
    getFillColor: [...QUERY_COLOUR],
    getLineColor: [...ink],
    getLineWidth: line,
    stroked: true,
    radiusUnits: 'pixels',
    lineWidthUnits: 'pixels',
  });
}
