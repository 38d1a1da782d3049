import { estimate } from '../gap/estimate.ts';
import { mean } from '../linear-algebra.ts';
import { unitCounts } from '../random.ts';
import type { QualityEstimate } from './report.ts';

/** Bootstrap resamples of pairs, drawn in whole units such as items or groups. */
export class Resamples {
  /** How often each resample has each pair: `[count, n]`. */
  readonly counts: Float32Array;
  readonly count: number;
  readonly #n: number;

  /** @param units `[n]`: the unit of each pair, from 0 on, in order of appearance */
  constructor(seed: number, count: number, units: readonly number[], unitCount: number) {
    this.counts = unitCounts(seed, count, units, unitCount);
    this.count = count;
    this.#n = units.length;
  }

  /** How often a resample has each pair. `[n]` */
  of(resample: number): Float32Array {
    return this.counts.subarray(resample * this.#n, (resample + 1) * this.#n);
  }

  /** The value of a statistic in each resample. */
  each(statistic: (counts: Float32Array) => number): Float64Array {
    return Float64Array.from({ length: this.count }, (_, r) => statistic(this.of(r)));
  }

  /** The mean of one value a pair. @param pairs those that have one, ascending; default: all */
  mean(values: ArrayLike<number>, pairs?: Uint32Array): QualityEstimate {
    const measured = pairs ?? Uint32Array.from({ length: this.#n }, (_, i) => i);
    const weighted = (counts: ArrayLike<number>) => {
      let [sum, total] = [0, 0];
      for (let i = 0; i < measured.length; i++) {
        const weight = counts[measured[i] as number] as number;
        sum += weight * (values[i] as number);
        total += weight;
      }
      return sum / total; // divided once, so that a mean of ones is exactly 1
    };
    return withReplicates(weighted(new Float64Array(this.#n).fill(1)), this.each(weighted));
  }
}

export function withReplicates(value: number, replicates: Float64Array): QualityEstimate {
  return { ...estimate(value, replicates), replicates };
}

/** Replicates moved so that their mean is the value, for statistics that copies in a resample shift all the same way. */
export function withCentredReplicates(value: number, replicates: Float64Array): QualityEstimate {
  const shift = value - mean(replicates.filter(Number.isFinite));
  return withReplicates(
    value,
    replicates.map((replicate) => replicate + shift),
  );
}
