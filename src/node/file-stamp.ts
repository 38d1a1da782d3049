import type { BigIntStats } from 'node:fs';

/** Clocks of file systems are as coarse as this, or finer. */
const SETTLED_MS = 2_000;

/**
 * A file's device, inode, size and times in nanoseconds. The system sets the ctime at every write and rename, and
 * nobody can set it back, so an equal stamp means equal content. Undefined for what is no regular file, and for one that
 * changed a moment ago: it could change again without another ctime.
 */
export function fileStamp(stats: BigIntStats): string | undefined {
  const { dev, ino, size, mtimeNs, ctimeNs } = stats;
  const settled = Date.now() - Number(ctimeNs / 1_000_000n) >= SETTLED_MS;
  return stats.isFile() && settled ? [dev, ino, size, mtimeNs, ctimeNs].join(':') : undefined;
}
