import { mix } from '../src/metrics/random.ts';

/**
 * Counter-based random numbers: value i of a stream depends on seed, stream and i only, so that any piece of a tensor
 * can be made independently. Integer arithmetic and one scaling, hence the same bits on every machine, which
 * Box-Muller's logarithm and cosine do not promise.
 */

/** A stream's key, from its name. */
export function streamKey(seed: number, name: string): number {
  let key = mix(seed ^ 0x9e3779b9);
  for (const byte of new TextEncoder().encode(name)) key = mix(Math.imul(key, 31) + byte);
  return key;
}

// Four uniform 16-bit numbers add up to a mean of 131,070 and a standard deviation of 37,836.8.
const MEAN = 2 * 65535;
const SCALE = 1 / Math.sqrt((65536 ** 2 - 1) / 3);

/** Value `index` of a stream: close to normal (a sum of four uniforms), mean 0, standard deviation 1, |x| < 3.5. */
export function normalAt(key: number, index: number): number {
  const mixed = mix(index); // so that no two streams are shifted copies of each other
  const a = mix(mixed + key);
  const b = mix(mixed ^ key);
  return ((a & 0xffff) + (a >>> 16) + (b & 0xffff) + (b >>> 16) - MEAN) * SCALE;
}
