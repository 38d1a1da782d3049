import { throwIfAborted } from '../src/errors.ts';
import { lowestCosine, type Spread, spreadOf } from './statistics.ts';

/** One competitor; its result is `[rows, dim]`. */
export interface Peer {
  readonly name: string;
  run(): Promise<Float32Array>;
}

export interface RaceResult {
  readonly name: string;
  /** Milliseconds a run. */
  readonly time: Spread;
  /** The first run, which compiles. */
  readonly firstMs: number;
  /** Items a second at the median. */
  readonly perSecond: number;
  /** The first peer's median divided by this one's: above 1 is faster than the first. */
  readonly speedup: number;
  /** The lowest cosine of a row with the judge's. */
  readonly parity: number;
}

export interface RaceOptions {
  /** Timed runs after the first; with 0 the first is the time. */
  readonly rounds: number;
  /** Images or texts a run. */
  readonly items: number;
  readonly dim: number;
  /** The peer that the others are compared with, or the expected results. */
  readonly judge: string | Float32Array;
  /** A pause before each run; 500 by default. */
  readonly settleMs?: number;
  readonly signal?: AbortSignal;
  readonly onRun?: (peer: string, round: number) => void;
}

/** Pause between two runs, since ONNX Runtime's threads keep spinning for a while after a run. */
const SETTLE_MS = 500;

/**
 * Runs every peer once to warm up and to check parity, then all in turn for the given rounds, so that other load on the
 * machine affects all alike.
 */
export async function race(peers: readonly Peer[], options: RaceOptions): Promise<RaceResult[]> {
  const { rounds, items, dim, judge, settleMs = SETTLE_MS, signal, onRun } = options;
  const results = new Map<string, Float32Array>();
  const first = new Map<string, number>();
  const times = new Map<string, number[]>(peers.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const peer of peers) {
      throwIfAborted(signal);
      onRun?.(peer.name, round);
      await new Promise((resolve) => setTimeout(resolve, settleMs));
      const start = performance.now();
      const result = await peer.run();
      const time = performance.now() - start;
      if (round > 0 || rounds === 0) times.get(peer.name)?.push(time);
      if (round === 0) {
        first.set(peer.name, time);
        results.set(peer.name, result);
      }
    }
  }
  const expected = typeof judge === 'string' ? (results.get(judge) ?? new Float32Array()) : judge;
  const slowest = spreadOf(times.get(peers[0]?.name ?? '') ?? []).median;
  return peers.map(({ name }) => {
    const time = spreadOf(times.get(name) ?? []);
    return {
      name,
      time,
      firstMs: first.get(name) ?? Number.NaN,
      perSecond: (items * 1000) / time.median,
      speedup: slowest / time.median,
      parity: lowestCosine(results.get(name) ?? new Float32Array(), expected, dim),
    };
  });
}
