/** Images a second. */
export interface ImageRates {
  readonly decoded: number;
  /** Resized and embedded, of pixels that are ready. */
  readonly embedded: number;
  readonly together: number;
}

interface Host {
  readonly cores: number;
  /** Of libuv's pool. */
  readonly threads: number;
}

/** Which of the two the other waits for. */
export interface Bound extends ImageRates, Host {
  readonly bound: 'decoding' | 'the GPU';
  /** How much faster the other one is. */
  readonly ratio: number;
  /** Cores that decode as fast as this adapter embeds, if each does what one of these did. */
  readonly coresNeeded: number;
}

/** Decoding uses a core a thread, as far as there are cores. */
export function boundOf(rates: ImageRates, host: Host): Bound {
  const { decoded, embedded } = rates;
  const decoding = decoded < embedded;
  const aCore = decoded / Math.min(host.cores, host.threads);
  return {
    ...rates,
    ...host,
    bound: decoding ? 'decoding' : 'the GPU',
    ratio: decoding ? embedded / decoded : decoded / embedded,
    coresNeeded: Math.max(1, Math.ceil(embedded / aCore)),
  };
}

/** The bound in words. */
export function boundText({ decoded, embedded, together, cores, threads, ...rest }: Bound): string {
  const { bound, ratio, coresNeeded } = rest;
  const count = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`;
  return [
    `${bound} bounds, by ${ratio.toFixed(1)} x: ${decoded.toFixed(0)} images a second decoded, ${embedded.toFixed(0)} embedded, ` +
      `${together.toFixed(0)} together.`,
    `Decoded by ${count(threads, 'thread')} (UV_THREADPOOL_SIZE) on ${count(cores, 'core')}; to keep up with this adapter takes ` +
      `${count(coresNeeded, 'core')}.`,
  ].join('\n');
}
