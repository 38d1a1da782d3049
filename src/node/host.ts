import type { Host } from '../platform/host-memory.ts';

/** This process's memory, within a container's limit too, and the threads of libuv's pool, which decode images. */
export const nodeHost: Host = {
  availableMemory: () => process.availableMemory(),
  decodingThreads: poolThreads,
};

/** As libuv reads it: at most 1,024, and one where it is no number. */
function poolThreads(): number {
  const { UV_THREADPOOL_SIZE: text } = process.env;
  if (text === undefined) return 4;
  return Math.min(1024, Math.max(1, Number.parseInt(text, 10) || 1));
}
