import type { TuningCache } from '../kernels/gemm-tuning.ts';

/** Measured kernel choices for as long as the page lives. */
export function sessionTuningCache(): TuningCache {
  const entries = new Map<string, string>();
  return {
    get: async (key) => entries.get(key),
    set: async (key, value) => {
      entries.set(key, value);
    },
  };
}
