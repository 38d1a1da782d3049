import { encode } from 'fast-png';
import { viridis } from './viridis.ts';

/** Colours of a raster: the steps are invisible, and the file has half the size of one with 256. */
const LEVELS = 64;

/** The least side of a raster, so that cells stay sharp in viewers that smooth enlarged pictures. */
const MIN_SIDE = 512;

/**
 * A matrix as a PNG in a data URI: one colour of viridis a cell.
 * @param values `[rows, columns]`, row-major
 * @param range what the ends of the colour map stand for
 */
export function rasterUri(
  values: Float32Array,
  rows: number,
  columns: number,
  [low, high]: readonly [number, number],
): string {
  const scale = Math.max(1, Math.ceil(MIN_SIDE / Math.max(rows, columns)));
  const [width, height] = [columns * scale, rows * scale];
  const data = new Uint8Array(width * height);
  const perUnit = high > low ? (LEVELS - 1) / (high - low) : 0;
  for (let y = 0; y < height; y++) {
    const row = Math.floor(y / scale) * columns;
    for (let x = 0; x < width; x++) {
      const value = values[row + Math.floor(x / scale)] ?? low;
      data[y * width + x] = Math.min(Math.max(Math.round((value - low) * perUnit), 0), LEVELS - 1);
    }
  }
  const palette = Array.from({ length: LEVELS }, (_, i) => viridis(i / (LEVELS - 1)));
  return dataUri(encode({ width, height, data, depth: 8, channels: 1, palette }, { zlib: { level: 9 } }));
}

function dataUri(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return `data:image/png;base64,${btoa(binary)}`;
}
