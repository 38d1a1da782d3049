import type { Layer } from '@deck.gl/core';
import { LineLayer, ScatterplotLayer } from '@deck.gl/layers';
import type { ContourLine } from '../engine/types.ts';
import { lastOf } from './last-of.ts';
import type { MapMarks } from './map-marks.ts';
import {
  contourAlpha,
  linkEnds,
  type MapScene,
  markSizes,
  QUERY_COLOUR,
  rgba,
  ringSizes,
  rowsByModality,
} from './map-scene.ts';
import { thumbnailLayers } from './map-thumbnail-layers.ts';
import { HairlinesLayer, MarkersLayer, verticesOf } from './plain-layers.ts';
import type { Rgb } from './point-colours.ts';

/**
 * The layers of a map. What deck.gl uploads is made anew only where what it is made of changed.
 */
export class MapLayers {
  readonly #fewLinks = lastOf((points: MapScene['points'], links: MapScene['links']) => {
    const { from, to } = linkEnds({ points, links });
    const attributes = {
      getSourcePosition: { value: from, size: 2 },
      getTargetPosition: { value: to, size: 2 },
    };
    return { length: links.length, attributes };
  });
  readonly #manyLinks = lastOf(linkVertices);
  readonly #contours = lastOf(contourVertices);
  readonly #colours = lastOf((rgb: MapScene['rgb'], highlighted: MapScene['highlighted']) =>
    rgba({ rgb, highlighted }),
  );
  readonly #split = lastOf(rowsByModality);
  readonly #images = lastOf(markerVertices);
  readonly #texts = lastOf(markerVertices);

  of(scene: MapScene, marks: MapMarks): Layer[] {
    return [
      ...this.#contourLayer(scene),
      this.#linkLayer(scene),
      ...this.#markerLayers(scene),
      ...thumbnailLayers(scene, marks),
      rings(scene),
      query(scene),
    ];
  }

  #contourLayer({ regions, ink }: MapScene): Layer[] {
    if (!regions || regions.lines.length === 0) return [];
    return [new HairlinesLayer({ id: 'contours', data: this.#contours(regions.lines, ink) })];
  }

  #linkLayer(scene: MapScene): Layer {
    const { points, links, link } = scene;
    const { width, alpha, isCrowded } = markSizes(scene).link;
    return isCrowded
      ? new HairlinesLayer({ id: 'many-links', data: this.#manyLinks(points, links, link, width * alpha) })
      : new LineLayer({
          id: 'links',
          data: this.#fewLinks(points, links),
          getColor: [...link, alpha],
          getWidth: width,
          widthUnits: 'pixels',
        });
  }

  #markerLayers(scene: MapScene): Layer[] {
    const { points, rgb, highlighted, visible } = scene;
    const colours = this.#colours(rgb, highlighted);
    const { images, texts } = this.#split(points.length / 4, visible);
    const { radius, ring } = markSizes(scene);
    return [
      new MarkersLayer({ id: 'images', radius, ring: 0, data: this.#images(points, colours, images) }),
      new MarkersLayer({ id: 'texts', radius, ring, data: this.#texts(points, colours, texts) }),
    ];
  }
}

function markerVertices(points: Float32Array, colours: Uint8Array, rows: readonly number[]) {
  const [places, paints] = [new Float32Array(2 * rows.length), new Uint8Array(4 * rows.length)];
  for (const [i, row] of rows.entries()) {
    places.set(points.subarray(2 * row, 2 * row + 2), 2 * i);
    paints.set(colours.subarray(4 * row, 4 * row + 4), 4 * i);
  }
  return verticesOf(places, paints);
}

function linkVertices(points: MapScene['points'], links: MapScene['links'], rgb: Rgb, alpha: number) {
  const { from, to } = linkEnds({ points, links });
  const places = new Float32Array(4 * links.length);
  for (let i = 0; i < 2 * links.length; i += 2) {
    places.set(from.subarray(i, i + 2), 2 * i);
    places.set(to.subarray(i, i + 2), 2 * i + 2);
  }
  return verticesOf(places, alike(2 * links.length, rgb, alpha));
}

function contourVertices(lines: readonly ContourLine[], rgb: Rgb) {
  const ends = lines.flatMap(({ ring }) => ring.slice(1).flatMap((to, i) => [...(ring[i] ?? to), ...to]));
  const colours = lines.map(({ level, ring }) => alike(2 * (ring.length - 1), rgb, contourAlpha(level)));
  const paints = new Uint8Array(2 * ends.length);
  let at = 0;
  for (const some of colours) {
    paints.set(some, at);
    at += some.length;
  }
  return verticesOf(Float32Array.from(ends), paints);
}

/** RGBA for so many vertices. */
function alike(vertices: number, rgb: Rgb, alpha: number): Uint8Array {
  const colours = new Uint8Array(4 * vertices);
  for (let i = 0; i < vertices; i++) colours.set([...rgb, alpha], 4 * i);
  return colours;
}

function placeOf({ points }: MapScene, row: number): [number, number] {
  return [points[2 * row] ?? 0, points[2 * row + 1] ?? 0];
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
