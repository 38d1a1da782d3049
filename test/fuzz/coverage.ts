// Which places of the sources a case passed, and about how often, as AFL counts it (lcamtuf.coredump.cx/afl/technical_details.txt).

const MOST_PLACES = 1 << 20;

/** One byte a place, which stays at 255; what `instrument.ts` makes the sources count in. */
const passed = new Uint8ClampedArray(MOST_PLACES);
const fours = new Uint32Array(passed.buffer);
let known = 0;

/** Before any source is loaded. */
export function countPlaces(): void {
  const placesUpTo = (count: number) => {
    if (count > MOST_PLACES) throw new Error(`${count} places are more than ${MOST_PLACES}`);
    known = Math.max(known, count);
  };
  Object.assign(globalThis, { __places: passed, __placesUpTo: placesUpTo });
}

/** Whether the sources count, which makes them slower. */
export const areCounted = (): boolean => '__places' in globalThis;

export class Coverage {
  readonly #seen = new Uint8Array(MOST_PLACES);
  /** Places that were passed so far. */
  places = 0;

  /** Whether the case since the last call passed a place that none did, or another number of times; begins anew. */
  isNew(): boolean {
    let isNew = false;
    const end = (known + 3) >>> 2;
    for (let four = 0; four < end; four++) {
      if (fours[four] === 0) continue;
      for (let place = 4 * four; place < 4 * four + 4; place++) isNew = this.#taken(place) || isNew;
      fours[four] = 0;
    }
    return isNew;
  }

  #taken(place: number): boolean {
    const bucket = BUCKETS[passed[place] ?? 0] ?? 0;
    const before = this.#seen[place] ?? 0;
    if ((before | bucket) === before) return false;
    if (before === 0) this.places += 1;
    this.#seen[place] = before | bucket;
    return true;
  }
}

/** A bit each for 1, 2, 3, 4 to 7, 8 to 15, 16 to 31, 32 to 127, more; none for 0. */
const BUCKETS = Uint8Array.from({ length: 256 }, (_, count) => {
  if (count <= 3) return count && 1 << (count - 1);
  return count < 8 ? 8 : count < 16 ? 16 : count < 32 ? 32 : count < 128 ? 64 : 128;
});
