import type { DecodedImage } from './decoded-image.ts';
import type { ResamplePlan } from './resample-plan.ts';

/** Rows of the part of an image that a plan reads. */
export interface Strip {
  /** Counted from `plan.rows.first`. */
  readonly firstRow: number;
  readonly rows: number;
}

/** Cuts what the plan reads into strips of at most `maxPixels` pixels, but at least one row. */
export function cutStrips({ columns, rows }: ResamplePlan, maxPixels: number): Strip[] {
  const perStrip = Math.max(1, Math.min(rows.count, Math.floor(maxPixels / columns.count)));
  return Array.from({ length: Math.ceil(rows.count / perStrip) }, (_, i) => ({
    firstRow: i * perStrip,
    rows: Math.min(perStrip, rows.count - i * perStrip),
  }));
}

/**
 * A strip's pixels `[rows, columns.count, 4]`: the image's own memory where the plan reads whole rows, else copied
 * into `scratch`, which must be large enough.
 */
export function stripPixels(
  image: DecodedImage,
  { columns, rows }: ResamplePlan,
  strip: Strip,
  scratch: Uint8Array<ArrayBuffer>,
): Uint8Array | Uint8ClampedArray {
  const firstRow = rows.first + strip.firstRow;
  const [stride, length] = [image.width * 4, columns.count * 4];
  if (length === stride) return image.data.subarray(firstRow * stride, (firstRow + strip.rows) * stride);
  for (let row = 0; row < strip.rows; row++) {
    const from = (firstRow + row) * stride + columns.first * 4;
    scratch.set(image.data.subarray(from, from + length), row * length);
  }
  return scratch.subarray(0, strip.rows * length);
}
