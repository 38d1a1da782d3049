import type { DecodedImage } from './decoded-image.ts';
import { planResample, type ResamplePlan } from './resample-plan.ts';

/** Plans kept: enough for the image sizes of a usual data set. A plan takes 10 to 100 KB. */
const KEPT = 64;

/** A cache of the last used plans by image size: a plan takes half a millisecond to make, and sizes repeat. */
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
