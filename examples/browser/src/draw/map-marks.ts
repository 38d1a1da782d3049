import type { DenseRegion } from '../engine/types.ts';
import { isInside, type MapView, type Size, toPixels } from './map-view.ts';
import { SIDE } from './unit-square.ts';

/** Rows that are shown by what they are, rather than by a disc or a ring. */
export interface MapMarks {
  /** Images, as small pictures by their cell of the atlas. */
  readonly thumbnails: readonly { readonly row: number; readonly cell: number }[];
  /** Texts, by their first words. */
  readonly words: readonly { readonly row: number; readonly text: string }[];
  readonly atlas: ImageData | undefined;
  /** Of regions. */
  readonly names: readonly DenseRegion[];
}

/** Pixels across, with the ring around it. */
export const THUMBNAIL = 46;
/** Pixels that the words beside a ring take. */
const WORDS = { width: 150, height: 18 };
/** Steps of zoom past the view of all points, from which on. */
const FROM_ZOOM = 1;
/** At most so many of each in sight. */
const MOST = 200;

/** One number a cell, at the largest zoom too. */
const cellOf = (column: number, line: number) => column * 2 ** 26 + line;
const AROUND = [-1, 0, 1].flatMap((dx) => [-1, 0, 1].map((dy) => cellOf(dx, dy)));

interface Box {
  readonly row: number;
  readonly x: number;
  readonly y: number;
}

/**
 * Rows whose marks cover none of a row that comes before them: of the whole map, so that they stay while it is dragged.
 * @param rows of one modality
 */
export function sparse(
  points: Float32Array,
  rows: readonly number[],
  zoom: number,
  { width, height }: Size,
): number[] {
  const scale = 2 ** zoom;
  const cells = new Map<number, Box[]>();
  const kept: number[] = [];
  for (const row of rows) {
    const box = { row, x: (points[2 * row] ?? 0) * scale, y: (points[2 * row + 1] ?? 0) * scale };
    const at = cellOf(Math.floor(box.x / width), Math.floor(box.y / height));
    const isCovered = AROUND.some((step) =>
      cells.get(at + step)?.some(({ x, y }) => Math.abs(x - box.x) < width && Math.abs(y - box.y) < height),
    );
    if (isCovered) continue;
    kept.push(row);
    const cell = cells.get(at);
    if (cell) cell.push(box);
    else cells.set(at, [box]);
  }
  return kept;
}

export const THUMBNAIL_BOX: Size = { width: THUMBNAIL, height: THUMBNAIL };
export const WORDS_BOX: Size = WORDS;

/** About what a letter of a name takes, and a line. */
const LETTER = { width: 7.6, height: 21 };

/** Which end of a name lies at its place, so that those near the edges are not cut. */
export function anchorOf({ at: [x] }: DenseRegion): 'start' | 'middle' | 'end' {
  if (x < -0.3 * SIDE) return 'start';
  return x > 0.3 * SIDE ? 'end' : 'middle';
}

/** Names that cover none that comes before them. @param scale pixels a unit */
export function namesApart(regions: readonly DenseRegion[], scale: number): DenseRegion[] {
  const kept: DenseRegion[] = [];
  const widthOf = ({ name }: DenseRegion) => LETTER.width * name.length + 10;
  const covers = (a: DenseRegion, b: DenseRegion) =>
    Math.abs(a.at[0] - b.at[0]) * scale < (widthOf(a) + widthOf(b)) / 2 &&
    Math.abs(a.at[1] - b.at[1]) * scale < LETTER.height;
  for (const region of regions) {
    if (region.name !== '' && !kept.some((other) => covers(region, other))) kept.push(region);
  }
  return kept;
}

/** Whether the map is close enough for marks. */
export function isClose(view: MapView, fitting: MapView): boolean {
  return view.zoom >= fitting.zoom + FROM_ZOOM;
}

/** Those of the rows that are in sight, at most a few hundred. */
export function inSight(points: Float32Array, rows: readonly number[], view: MapView, size: Size): number[] {
  return rows
    .filter((row) => {
      const pixels = toPixels(view, size, points[2 * row] ?? 0, points[2 * row + 1] ?? 0);
      return isInside(size, pixels, THUMBNAIL);
    })
    .slice(0, MOST);
}
