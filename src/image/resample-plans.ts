import type { DecodedImage } from './decoded-image.ts';
import { planResample, type ResamplePlan } from './resample-plan.ts';

/** Enough for the sizes of a usual data set; a plan takes 10 to 100 KB. */
const KEPT = 64;

/** Plans by image size, those last used: a plan takes half a millisecond, and many images have the same size. */
export class ResamplePlans {
  readonly #plans = new Map<string, ResamplePlan>(); // oldest use first

  of({ width, height, mode }: DecodedImage, size: number): ResamplePlan {
    const key = `${width} ${height} ${mode} ${size}`;
    const plan = this.#plans.get(key) ?? planResample({ width, height, mode }, size);
    this.#plans.delete(key);
    this.#plans.set(key, plan);
    for (const oldest of this.#plans.keys()) {
      if (this.#plans.size <= KEPT) break;
      this.#plans.delete(oldest);
    }
    return plan;
  }
}
