import type { ClipTextConfig } from '../../weights/tower-config.ts';

/** What of a text's tokens its embedding depends on. */
export interface ClipTokens {
  readonly ids: Int32Array;
  readonly positions: Int32Array;
  /** The token that is read, and 1. */
  readonly pooled: readonly [first: number, count: number];
}

/**
 * The tokens of a text that matter, and which of them is read (open_clip's `text_global_pool`). Padding does where tokens
 * attend to those after them, since open_clip masks none, and where the last of the context is read.
 */
export function clipTokens(
  ids: Int32Array,
  { pool, bidirectional, contextLength }: Pick<ClipTextConfig, 'pool' | 'bidirectional' | 'contextLength'>,
  padding: number,
): ClipTokens {
  const padded = bidirectional || pool === 'last';
  const all = padded ? new Int32Array(contextLength).fill(padding) : ids;
  if (padded) all.set(ids);
  return { ids: all, positions: Int32Array.from(all.keys()), pooled: [pooledAt(all, pool), 1] };
}

function pooledAt(ids: Int32Array, pool: ClipTextConfig['pool']): number {
  if (pool === 'first') return 0;
  if (pool === 'last') return ids.length - 1;
  if (pool) return Math.max(0, ids.indexOf(pool.id)); // without one the first token, as torch's argmax of zeros
  return ids.reduce((best, id, i) => (id > (ids[best] ?? 0) ? i : best), 0); // the highest id, the first of several
}
