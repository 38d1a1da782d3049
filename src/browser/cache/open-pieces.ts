import type { LoadOptions } from '../../api.ts';
import { NotCachedError } from '../../platform/errors.ts';
import { warnOnConsole } from '../../platform/warnings.ts';
import { PieceCache } from './piece-cache.ts';
import { openStore } from './store.ts';

/** The cache of downloads; undefined where it is switched off, or with a warning where the browser keeps nothing. */
export async function openPieces({
  cache = true,
  onWarning = warnOnConsole,
}: LoadOptions): Promise<PieceCache | undefined> {
  if (!cache) return undefined;
  try {
    return new PieceCache(await openStore(), onWarning);
  } catch (error) {
    if (!(error instanceof NotCachedError)) throw error;
    onWarning(error);
    return undefined;
  }
}
