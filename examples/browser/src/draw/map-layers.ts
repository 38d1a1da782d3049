import type { Layer } from '@deck.gl/core';
import { LineLayer, PathLayer, ScatterplotLayer, TextLayer } from '@deck.gl/layers';
import type { ContourLine } from '../engine/types.ts';
import { lastOf } from './last-of.ts';
import { anchorOf, type MapMarks } from './map-marks.ts';
import {
  contourAlpha,
  linkEnds,
  type MapScene,
  markSizes,
  QUERY_COLOUR,
  rgba,
  ringSizes,
} from './map-scene.ts';
import { thumbnailLayers } from './map-thumbnail-layers.ts';

const FONT = 'Inter, system-ui, "Segoe UI", Roboto, Arial, sans-serif';

/**
 * The layers of a map. What deck.gl uploads is made anew only where what it is made of changed.
 */
export class MapLayers {
  readonly #links = lastOf((points: MapScene['points'], links: MapScene['links']) => {
    const { from, to } = linkEnds({ points, links });
    const attributes = {
      getSourcePosition: { value: from, size: 2 },
      getTargetPosition: { value: to, size: 2 },
    };
    return { length: links.length, attributes };
  });
  readonly #colours = lastOf((rgb: MapScene['rgb'], highlighted: MapScene['highlighted']) =>
    rgba({ rgb, highlighted }),
  );
  readonly #split = lastOf(splitRows);
  readonly #images = lastOf(
    (points: Float32Array, colours: Uint8Array, rows: readonly number[] | undefined) =>
      markerData(points, colours, rows, 'getFillColor'),
  );
  readonly #texts = lastOf((points: Float32Array, colours: Uint8Array, rows: readonly number[] | undefined) =>
    markerData(points, colours, rows, 'getLineColor'),
  );

  of(scene: MapScene, marks: MapMarks): Layer[] {
    return [
      ...contours(scene),
      this.#linkLayer(scene),
      ...this.#markerLayers(scene),
      ...thumbnailLayers(scene, marks),
      rings(scene),
      query(scene),
      ...names(scene, marks),
    ];
  }

  #linkLayer(scene: MapScene): Layer {
    const { width, alpha } = markSizes(scene).link;
    return new LineLayer({
      id: 'links',
      data: this.#links(scene.points, scene.links),
      getColor: [...scene.link, alpha],
      getWidth: width,
      widthUnits: 'pixels',
    });
  }

  #markerLayers(scene: MapScene): Layer[] {
    const { points, rgb, highlighted, visible } = scene;
    const colours = this.#colours(rgb, highlighted);
    const rows = this.#split(points.length / 4, visible);
    const { radius, ring } = markSizes(scene);
    const common = { radiusUnits: 'pixels', getRadius: radius, lineWidthUnits: 'pixels' } as const;
    return [
      new ScatterplotLayer({ id: 'images', ...common, data: this.#images(points, colours, rows.images) }),
      new ScatterplotLayer({
        id: 'texts',
        ...common,
        filled: false,
        stroked: true,
        getLineWidth: ring,
        data: this.#texts(points, colours, rows.texts),
      }),
    ];
  }
}

function splitRows(n: number, visible: readonly number[] | undefined) {
  const rows = visible ?? Array.from({ length: 2 * n }, (_, row) => row);
  return { images: rows.filter((row) => row < n), texts: rows.filter((row) => row >= n) };
}

function markerData(
  points: Float32Array,
  colours: Uint8Array,
  rows: readonly number[] | undefined = [],
  colour: 'getFillColor' | 'getLineColor',
) {
  const [places, paints] = [new Float32Array(2 * rows.length), new Uint8Array(4 * rows.length)];
  for (const [i, row] of rows.entries()) {
    places.set(points.subarray(2 * row, 2 * row + 2), 2 * i);
    paints.set(colours.subarray(4 * row, 4 * row + 4), 4 * i);
  }
  const attributes = {
    getPosition: { value: places, size: 2 },
    [colour]: { value: paints, size: 4, normalized: true },
  };
  return { length: rows.length, attributes };
}

function placeOf({ points }: MapScene, row: number): [number, number] {
  return [points[2 * row] ?? 0, points[2 * row + 1] ?? 0];
}

function contours({ regions, ink }: MapScene): Layer[] {
  if (!regions || regions.lines.length === 0) return [];
  return [
    new PathLayer({
      id: 'contours',
      data: regions.lines,
      getPath: ({ ring }: ContourLine) => ring.map(([x, y]): [number, number] => [x, y]),
      getColor: ({ level }) => [...ink, contourAlpha(level)],
      getWidth: 1,
      widthUnits: 'pixels',
      updateTriggers: { getColor: ink },
    }),
  ];
}

function names({ ink, paper }: MapScene, { names: shown }: MapMarks): Layer[] {
  if (shown.length === 0) return [];
  return [
    new TextLayer({
      id: 'names',
      data: shown,
      getText: ({ name }) => name,
      getTextAnchor: anchorOf,
      getPosition: ({ at }) => [at[0], at[1]],
      getSize: 13,
      getColor: [...ink],
      background: true,
      getBackgroundColor: [...paper, 215],
      backgroundPadding: [5, 2],
      fontFamily: FONT,
      fontWeight: 600,
      characterSet: 'auto',
    }),
  ];
}

function rings(scene: MapScene): Layer {
  const { ringed, ink, points } = scene;
  const { radius } = markSizes(scene);
  return new ScatterplotLayer<number>({
    id: 'rings',
    data: ringed,
    getPosition: (row) => placeOf(scene, row),
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
