import type { DecodedImage } from './decoded-image.ts';
import type { ResamplePlan } from './resample-plan.ts';

/** Some rows of the part of an image that a plan reads. */
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

/** Copies a strip's pixels `[rows, columns.count, 4]` to the start of `target`. */
export function copyStrip(
  image: DecodedImage,
  { columns, rows }: ResamplePlan,
  strip: Strip,
  target: Uint8Array,
): void {
  const firstRow = rows.first + strip.firstRow;
  const [stride, length] = [image.width * 4, columns.count * 4];
  if (length === stride) {
    target.set(image.data.subarray(firstRow * stride, (firstRow + strip.rows) * stride));
    return;
  }
  for (let row = 0; row < strip.rows; row++) {
    const from = (firstRow + row) * stride + columns.first * 4;
    target.set(image.data.subarray(from, from + length), row * length);
  }
}
