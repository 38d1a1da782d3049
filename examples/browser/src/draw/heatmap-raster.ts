import { viridis } from 'biomedclip-webgpu/plots';

const LEVELS = 256;
const PALETTE = new Uint32Array(LEVELS);
for (let level = 0; level < LEVELS; level++) {
  const [r, g, b] = viridis(level / (LEVELS - 1));
  PALETTE[level] = (255 << 24) | (b << 16) | (g << 8) | r; // little endian, as every browser's machine is
}

export type Range = readonly [number, number];

export function rangeOf(values: Float32Array): Range {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

/** The share of cells that lie beyond a range, and so have the colour of its end. */
export function shareBeyond(values: Float32Array, [low, high]: Range): number {
  let beyond = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? low;
    if (value < low || value > high) beyond++;
  }
  return values.length > 0 ? beyond / values.length : 0;
}

/** A square matrix as a picture with a pixel a cell; what lies beyond the range has the colour of its end. */
export function heatmapRaster(values: Float32Array, side: number, [low, high]: Range): OffscreenCanvas {
  const canvas = new OffscreenCanvas(side, side);
  const image = new ImageData(side, side);
  const pixels = new Uint32Array(image.data.buffer);
  const perUnit = high > low ? (LEVELS - 1) / (high - low) : 0;
  for (let i = 0; i < pixels.length; i++) {
    const level = ((values[i] ?? low) - low) * perUnit + 0.5;
    pixels[i] = PALETTE[level < 0 ? 0 : level < LEVELS ? level | 0 : LEVELS - 1] ?? 0;
  }
  canvas.getContext('2d')?.putImageData(image, 0, 0);
  return canvas;
}
