import { CacheNotClearedError, NotCachedError } from '../../platform/errors.ts';
import { cacheStorageStore } from './cache-storage-store.ts';
import { privateFilesStore } from './private-files-store.ts';

/** Persistent byte strings by folder and name. Methods reject with the browser's own errors. */
export interface Store {
  get(folder: string, name: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  put(folder: string, name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** The names of everything in the folder. */
  names(folder: string): Promise<string[]>;
  delete(folder: string, name: string): Promise<void>;
  /** Removes all folders. */
  clear(): Promise<void>;
}

const STORES = [privateFilesStore, cacheStorageStore];

/**
 * The origin's private file system, or Cache Storage if the browser has none, as in some private windows.
 * @throws {NotCachedError} where there is neither
 */
export async function openStore(): Promise<Store> {
  let cause: unknown;
  for (const open of STORES) {
    try {
      return await open();
    } catch (error) {
      cause ??= error;
    }
  }
  const detail = cause instanceof Error ? ` (${cause.message})` : '';
  throw new NotCachedError(`the browser gives this page no storage${detail}`, { cause });
}

/** @throws {CacheNotClearedError} */
export async function clearStores(): Promise<void> {
  for (const open of STORES) {
    const store = await open().catch(() => undefined);
    await store?.clear().catch((cause: unknown) => {
      throw new CacheNotClearedError(cause);
    });
  }
}
