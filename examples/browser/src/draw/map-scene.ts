import type { MapRegions } from '../engine/types.ts';
import type { ColourGroup, Rgb } from './point-colours.ts';

export interface PointContents {
  /** Undefined where there is no image. */
  readonly imageOf: (pair: number) => Blob | undefined;
  /** The first words of a caption. */
  readonly wordsOf: (pair: number) => string;
}

/** What a map shows, on the screen and in a file. n pairs; points are n images and then their n texts. */
export interface MapScene {
  /** `[2n, 2]`, in the unit square */
  readonly points: Float32Array<ArrayBuffer>;
  /** `[2n, 3]` */
  readonly rgb: Uint8Array;
  /** What the colours stand for. */
  readonly legend: readonly ColourGroup[];
  /** Rows that are drawn, in order; undefined for all. */
  readonly visible?: readonly number[] | undefined;
  /** What is not, in words. */
  readonly hiddenNote?: string | undefined;
  /** Which map it is, such as PCA with the variance that it shows. */
  readonly layoutName?: string | undefined;
  /** Where points are dense, and what these regions are called. */
  readonly regions?: MapRegions | undefined;
  /** What points are shown by where there is room; undefined for by discs and rings alone. */
  readonly contents?: PointContents | undefined;
  /** Pairs whose points are linked by a line. */
  readonly links: readonly number[];
  /** Rows that stand out, while the others fade; undefined where all are alike. */
  readonly highlighted: ReadonlySet<number> | undefined;
  /** Rows with a ring around them: the focused point, its neighbours. */
  readonly ringed: readonly number[];
  /** A new text or image, in the unit square. */
  readonly query: readonly [number, number] | undefined;
  /** How the pairs are shown; undefined for as embedded. */
  readonly shownName: string | undefined;
  readonly link: Rgb;
  readonly ink: Rgb;
  readonly paper: Rgb;
}

/** Sizes in pixels. Images are discs and texts rings, so that they differ without colour. */
export function markSizes({ points, links }: MapScene) {
  const radius = Math.max(1.4, Math.min(5.5, 75 / Math.sqrt(points.length / 2))); // smaller where there are many
  const isCrowded = links.length > 200;
  return {
    radius,
    ring: Math.max(0.8, radius * 0.38),
    link: { isCrowded, width: isCrowded ? 0.7 : 1, alpha: isCrowded ? 70 : 130 },
    query: { radius: 8, line: 2 },
  };
}

/** What the query is filled with. */
export const QUERY_COLOUR: Rgb = [214, 40, 120];

/** The ring around the focused point, and thinner ones around its neighbours. */
export function ringSizes(radius: number, index: number) {
  return index === 0
    ? { radius: radius + 5, line: 2, alpha: 255 }
    : { radius: radius + 3.5, line: 1.2, alpha: 150 };
}

/** Of the contours: lines are stronger where points are denser. */
export function contourAlpha(level: number): number {
  return Math.round(50 + 130 * level);
}

/** `[2n, 4]`: the colours, with the opacity that the highlighting leaves. */
export function rgba({ rgb, highlighted }: Pick<MapScene, 'rgb' | 'highlighted'>): Uint8Array<ArrayBuffer> {
  const points = rgb.length / 3;
  const out = new Uint8Array(4 * points);
  for (let point = 0; point < points; point++) {
    out.set(rgb.subarray(3 * point, 3 * point + 3), 4 * point);
    out[4 * point + 3] = !highlighted || highlighted.has(point) ? 235 : 46;
  }
  return out;
}

/** The ends of the links: each `[links, 2]` */
export function linkEnds({ points, links }: Pick<MapScene, 'points' | 'links'>) {
  const n = points.length / 4;
  const [from, to] = [new Float32Array(2 * links.length), new Float32Array(2 * links.length)];
  for (const [i, pair] of links.entries()) {
    from.set(points.subarray(2 * pair, 2 * pair + 2), 2 * i);
    to.set(points.subarray(2 * (n + pair), 2 * (n + pair) + 2), 2 * i);
  }
  return { from, to };
}

/** The rows that are drawn of images, and of texts. */
export function rowsByModality(n: number, visible: readonly number[] | undefined) {
  const rows = visible ?? Array.from({ length: 2 * n }, (_, row) => row);
  return { images: rows.filter((row) => row < n), texts: rows.filter((row) => row >= n) };
}
