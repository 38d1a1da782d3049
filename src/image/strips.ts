import type { DecodedImage } from './decoded-image.ts';
import type { ResamplePlan } from './resample-plan.ts';

/** Rows of the part of an image that a plan reads, as pixels `[rows, columns.count]`: one u32 each, R lowest. */
export interface Strip {
  /** The first row, counted from `plan.rows.first`. */
  readonly firstRow: number;
  readonly rows: number;
  readonly pixels: Uint32Array<ArrayBuffer>;
}

/** Cuts what the plan reads into strips of at most `maxPixels` pixels, but at least one row. */
export function* cutStrips(image: DecodedImage, plan: ResamplePlan, maxPixels: number): Generator<Strip> {
  const { columns, rows } = plan;
  const perStrip = Math.max(1, Math.min(rows.count, Math.floor(maxPixels / columns.count)));
  const bytes = new Uint8Array(perStrip * columns.count * 4);
  for (let firstRow = 0; firstRow < rows.count; firstRow += perStrip) {
    const count = Math.min(perStrip, rows.count - firstRow);
    for (let row = 0; row < count; row++) {
      const from = ((rows.first + firstRow + row) * image.width + columns.first) * 4;
      bytes.set(image.data.subarray(from, from + columns.count * 4), row * columns.count * 4);
    }
    yield { firstRow, rows: count, pixels: new Uint32Array(bytes.buffer, 0, count * columns.count) };
  }
}
