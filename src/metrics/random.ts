/** The finaliser of MurmurHash3 (Appleby): every input bit reaches every output bit. */
export function mix(x: number): number {
  let h = x | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** Number `index` of a stream, uniform in [0, 1): counter-based, so that it does not depend on earlier draws. */
function uniformAt(seed: number, stream: number, index: number): number {
  const key = mix(seed + Math.imul(stream, 0x9e3779b9));
  return (mix(mix(index) + key) >>> 0) / 2 ** 32;
}

const [RESAMPLING, PAIRING, SWAPPING, BATCHES, SAMPLING, DEALING] = [1, 2, 3, 4, 5, 6];

/**
 * How often each of n pairs was drawn in each bootstrap resample of n pairs with replacement (Efron 1979):
 * `[resamples, n]`.
 */
export function bootstrapCounts(seed: number, resamples: number, n: number): Float32Array {
  const counts = new Float32Array(resamples * n);
  for (let i = 0; i < counts.length; i++) {
    const at = i - (i % n) + Math.floor(uniformAt(seed, RESAMPLING, i) * n);
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return counts;
}

/**
 * The same where whole units of pairs are drawn, such as items: how often each resample has each pair, `[resamples, n]`.
 * @param units `[n]`: the unit of each pair, from 0 on
 */
export function unitCounts(
  seed: number,
  resamples: number,
  units: readonly number[],
  unitCount: number,
): Float32Array {
  const n = units.length;
  const drawn = bootstrapCounts(seed, resamples, unitCount);
  if (unitCount === n) return drawn;
  return Float32Array.from({ length: resamples * n }, (_, at) => {
    const [resample, pair] = [Math.floor(at / n), at % n];
    return drawn[resample * unitCount + (units[pair] ?? 0)] ?? 0;
  });
}

/** Resample number `resample` alone, the same as in `unitCounts`: how often it has each item, `[n]`. */
export function resampledUnits(
  seed: number,
  resample: number,
  units: readonly number[],
  unitCount: number,
): Float64Array {
  const drawn = new Float64Array(unitCount);
  for (let i = 0; i < unitCount; i++) {
    const at = Math.floor(uniformAt(seed, RESAMPLING, resample * unitCount + i) * unitCount);
    drawn[at] = (drawn[at] ?? 0) + 1;
  }
  return Float64Array.from(units, (unit) => drawn[unit] ?? 0);
}

/** Random pairings, uniform over all n! (Fisher and Yates): image i with text `[p * n + i]`. */
export function pairings(seed: number, permutations: number, n: number): Uint32Array {
  const all = new Uint32Array(permutations * n);
  for (let p = 0; p < permutations; p++) shuffle(all.subarray(p * n, (p + 1) * n), seed, PAIRING, p);
  return all;
}

/** The n pairs in the order in which a training takes them in its epoch number `epoch`. */
export function epochOrder(seed: number, epoch: number, n: number): Uint32Array {
  const order = new Uint32Array(n);
  shuffle(order, seed, BATCHES, epoch);
  return order;
}

/** The numbers below n in a random order, in which items are dealt to the parts of a split. */
export function itemOrder(seed: number, n: number): Uint32Array {
  const order = new Uint32Array(n);
  shuffle(order, seed, DEALING, 0);
  return order;
}

/** Writes permutation `index` of a stream. */
function shuffle(order: Uint32Array, seed: number, stream: number, index: number): void {
  const n = order.length;
  for (let i = 0; i < n; i++) order[i] = i;
  for (let i = n - 1; i > 0; i--) {
    const other = Math.floor(uniformAt(seed, stream, index * n + i) * (i + 1));
    [order[i], order[other]] = [order[other] ?? 0, order[i] ?? 0];
  }
}

/** Which of n pairs change sides, each with probability 1/2: swap number `swap` of a seed, 1 or 0 a pair. */
export function swappedPairs(seed: number, swap: number, n: number): Uint8Array {
  return Uint8Array.from({ length: n }, (_, i) => Number(uniformAt(seed, SWAPPING, swap * n + i) < 0.5));
}

/** `count` of the numbers below n, each set of them equally likely, ascending. All of them if there are no more. */
export function sampleOf(seed: number, count: number, n: number): Uint32Array {
  const order = new Uint32Array(n);
  shuffle(order, seed, SAMPLING, 0);
  return order.slice(0, count).sort();
}

/** The texts' side of pairings: text i with image `[p * n + i]`. */
export function inversePairings(all: Uint32Array, n: number): Uint32Array {
  const inverse = new Uint32Array(all.length);
  for (let at = 0; at < all.length; at++) inverse[at - (at % n) + (all[at] ?? 0)] = at % n;
  return inverse;
}

/** Reproducible uniform numbers: a hashed counter, so that neighbouring seeds give unrelated sequences. */
export function* uniforms(seed: number): Generator<number> {
  const start = lowBias(seed >>> 0) ^ lowBias(Math.floor(seed / 2 ** 32) >>> 0 || 1);
  for (let i = 0; ; i++) yield ((lowBias((start + Math.imul(i, 0x9e3779b9)) >>> 0) >>> 0) + 0.5) / 2 ** 32;
}

/** Wellons' lowbias32: another mixer than `mix`, kept since every seed's numbers follow from it. */
function lowBias(value: number): number {
  let t = Math.imul(value ^ (value >>> 16), 0x7feb352d);
  t = Math.imul(t ^ (t >>> 15), 0x846ca68b);
  return (t ^ (t >>> 16)) >>> 0;
}

/** `count` standard normal numbers times `scale` (Box and Muller 1958). */
export function seededNormals(count: number, seed: number, scale: number): Float32Array<ArrayBuffer> {
  const source = uniforms(seed);
  const next = () => Number(source.next().value);
  return Float32Array.from(
    { length: count },
    () => scale * Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next()),
  );
}
