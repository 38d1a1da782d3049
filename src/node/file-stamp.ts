import type { BigIntStats } from 'node:fs';

/** The coarsest resolution of file times, in milliseconds. */
const SETTLED_MS = 2_000;

/**
 * A file's device, inode, size and times in nanoseconds. The system sets the ctime at every write and rename, and it
 * cannot be set back, so an equal stamp means equal content. Undefined if it is no regular file, or changed a moment
 * ago, when it could change again within the same ctime.
 */
export function fileStamp(stats: BigIntStats): string | undefined {
  const { dev, ino, size, mtimeNs, ctimeNs } = stats;
  const settled = Date.now() - Number(ctimeNs / 1_000_000n) >= SETTLED_MS;
  return stats.isFile() && settled ? [dev, ino, size, mtimeNs, ctimeNs].join(':') : undefined;
}
