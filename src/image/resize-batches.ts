import type { DecodedImage } from './decoded-image.ts';
import type { ResamplePlan, ResamplePlans } from './resample-plan.ts';
import { cutStrips, type Strip } from './strips.ts';

/** One strip of one image on its way to `pixels[slot]`. */
export interface ResizeStep {
  readonly image: DecodedImage;
  readonly plan: ResamplePlan;
  readonly strip: Strip;
  readonly slot: number;
  /** Whether it is the image's last strip, after which the image is resampled along y. */
  readonly last: boolean;
  /** Offsets of its parts in the upload buffer. */
  readonly at: Readonly<Record<UploadPart, number>>;
}

type UploadPart = 'pixels' | 'columns' | 'columnTable' | 'rows' | 'rowTable' | 'alongX' | 'alongY';

/** Steps that share one upload buffer. */
export interface ResizeBatch {
  readonly steps: ResizeStep[];
  /** Used bytes of the upload buffer. */
  bytes: number;
}

export interface UploadLimits {
  /** The most pixels of a strip. */
  readonly stripPixels: number;
  /** The most bytes of an upload, unless one step alone needs more. */
  readonly uploadBytes: number;
  /** Alignment of every part's offset. */
  readonly alignment: number;
  /** Size of the kernel's parameters. */
  readonly paramBytes: number;
}

/** Cuts images into strips and packs these into as few uploads as the limits allow, in the order of the images. */
export function resizeBatches(
  images: readonly DecodedImage[],
  size: number,
  firstSlot: number,
  plans: ResamplePlans,
  limits: UploadLimits,
): ResizeBatch[] {
  const batches: ResizeBatch[] = [{ steps: [], bytes: 0 }];
  for (const [i, image] of images.entries()) {
    const plan = plans.of(image, size);
    const strips = cutStrips(plan, limits.stripPixels);
    for (const [k, strip] of strips.entries()) {
      const parts = partBytes(plan, strip, limits.paramBytes);
      let batch = batches.at(-1) as ResizeBatch;
      if (batch.steps.length > 0 && batch.bytes + total(parts, limits.alignment) > limits.uploadBytes) {
        batch = { steps: [], bytes: 0 };
        batches.push(batch);
      }
      const at = place(parts, batch, limits.alignment);
      const last = k === strips.length - 1;
      batch.steps.push({ image, plan, strip, slot: firstSlot + i, last, at });
    }
  }
  return batches;
}

function partBytes({ columns, rows }: ResamplePlan, strip: Strip, paramBytes: number) {
  return {
    pixels: strip.rows * columns.count * 4,
    columns: columns.bounds.byteLength,
    columnTable: columns.coefficients.byteLength,
    rows: rows.bounds.byteLength,
    rowTable: rows.coefficients.byteLength,
    alongX: paramBytes,
    alongY: paramBytes,
  } satisfies Record<UploadPart, number>;
}

function total(parts: Record<UploadPart, number>, alignment: number): number {
  return Object.values(parts).reduce((sum, bytes) => sum + align(bytes, alignment), 0);
}

function place(parts: Record<UploadPart, number>, batch: ResizeBatch, alignment: number) {
  const at = Object.entries(parts).map(([part, bytes]): [string, number] => {
    const offset = batch.bytes;
    batch.bytes += align(bytes, alignment);
    return [part, offset];
  });
  return Object.fromEntries(at) as Record<UploadPart, number>;
}

function align(bytes: number, alignment: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}
