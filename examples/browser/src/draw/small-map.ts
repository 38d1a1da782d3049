import type { Rgb } from './point-colours.ts';
import { SIDE, toUnitSquare } from './unit-square.ts';

export interface SmallMap {
  /** `[2n, 2]`: images, then texts. */
  readonly places: Float32Array;
  /** `[2n, 3]` */
  readonly rgb: Uint8Array;
  /** Row to stand out. */
  readonly marked: number | undefined;
  readonly ink: Rgb;
}

const MARGIN = 10;

/** Where the points of a map lie in a square canvas of `size` CSS pixels: `[2n, 2]` */
export function pixelsOf(places: Float32Array, size: number): Float32Array {
  const { points } = toUnitSquare(places);
  const scale = (size - 2 * MARGIN) / SIDE;
  return points.map((at, i) => size / 2 + (i % 2 ? -at : at) * scale);
}

/** Draws points alone, images as discs and texts as rings, without links: many are drawn beside another map. */
export function drawSmallMap(
  canvas: HTMLCanvasElement,
  size: number,
  { places, rgb, marked, ink }: SmallMap,
): void {
  const density = globalThis.devicePixelRatio || 1;
  canvas.width = canvas.height = Math.round(size * density);
  const context = canvas.getContext('2d');
  if (!context) return;
  context.scale(density, density);
  const pixels = pixelsOf(places, size);
  const n = places.length / 4;
  const radius = Math.max(1, Math.min(4, 60 / Math.sqrt(2 * n)));
  context.lineWidth = Math.max(0.7, radius * 0.4);
  for (let row = 0; row < 2 * n; row++) {
    const colour = `rgb(${rgb[3 * row]} ${rgb[3 * row + 1]} ${rgb[3 * row + 2]})`;
    context.beginPath();
    context.arc(pixels[2 * row] ?? 0, pixels[2 * row + 1] ?? 0, radius, 0, 2 * Math.PI);
    if (row < n) context.fillStyle = colour;
    else context.strokeStyle = colour;
    if (row < n) context.fill();
    else context.stroke();
  }
  if (marked !== undefined) mark(context, pixels, marked, n, radius, ink);
}

/** A point, and its partner at the end of a line. */
function mark(
  context: CanvasRenderingContext2D,
  pixels: Float32Array,
  row: number,
  n: number,
  radius: number,
  ink: Rgb,
): void {
  const partner = row < n ? row + n : row - n;
  const at = (of: number) => [pixels[2 * of] ?? 0, pixels[2 * of + 1] ?? 0] as const;
  context.strokeStyle = `rgb(${ink.join(' ')})`;
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(...at(row));
  context.lineTo(...at(partner));
  context.stroke();
  for (const of of [row, partner]) {
    context.beginPath();
    context.arc(...at(of), radius + 3, 0, 2 * Math.PI);
    context.stroke();
  }
}
