import type { Host } from '../platform/host-memory.ts';

/** This process's memory, within a container's limit too. */
export const nodeHost: Host = { availableMemory: () => process.availableMemory() };
