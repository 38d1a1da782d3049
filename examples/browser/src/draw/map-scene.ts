import type { Rgb } from './point-colours.ts';

/** What a map shows. n pairs; points are n images and then their n texts. */
export interface MapScene {
  /** `[2n, 2]`, in the unit square */
  readonly points: Float32Array<ArrayBuffer>;
  /** `[2n, 3]` */
  readonly rgb: Uint8Array;
  /** Pairs whose points are linked by a line. */
  readonly links: readonly number[];
  /** These stand out, the others fade; undefined where all are alike. */
  readonly highlighted: ReadonlySet<number> | undefined;
  /** Points with a ring around them: the focused one, its neighbours. */
  readonly ringed: readonly number[];
  /** A new text or image, in the unit square. */
  readonly query: readonly [number, number] | undefined;
  readonly link: Rgb;
  readonly ink: Rgb;
}

/** `[2n, 4]`: the colours, with the opacity that the highlighting leaves. */
export function rgba({ rgb, highlighted }: MapScene): Uint8Array<ArrayBuffer> {
  const points = rgb.length / 3;
  const out = new Uint8Array(4 * points);
  for (let point = 0; point < points; point++) {
    out.set(rgb.subarray(3 * point, 3 * point + 3), 4 * point);
    out[4 * point + 3] = !highlighted || highlighted.has(point) ? 235 : 46;
  }
  return out;
}

/** The ends of the links: each `[links, 2]` */
export function linkEnds({ points, links }: MapScene) {
  const n = points.length / 4;
  const [from, to] = [new Float32Array(2 * links.length), new Float32Array(2 * links.length)];
  for (const [i, pair] of links.entries()) {
    from.set(points.subarray(2 * pair, 2 * pair + 2), 2 * i);
    to.set(points.subarray(2 * (n + pair), 2 * (n + pair) + 2), 2 * i);
  }
  return { from, to };
}
