import { clear, createStore, get, set, type UseStore } from 'idb-keyval';
import type { TuningCache } from '../kernels/gemm/tuning.ts';

let opened: UseStore | undefined;

/** The origin's IndexedDB, opened at first use so that importing the library has no effect. */
function database(): UseStore {
  opened ??= createStore('biomedclip-webgpu', 'tuning');
  return opened;
}

/** Measured kernel choices in IndexedDB, and in memory for browsers that keep nothing. */
export function browserTuningCache(): TuningCache {
  const session = new Map<string, string>();
  return {
    get: async (key) => session.get(key) ?? (await kept(key)),
    async set(key, value) {
      session.set(key, value);
      await inDatabase((store) => set(key, value, store));
    },
  };
}

async function kept(key: string): Promise<string | undefined> {
  const value: unknown = await inDatabase((store) => get(key, store));
  return typeof value === 'string' ? value : undefined;
}

/** Forgets the measured choices; takes effect for the next page. */
export async function clearTuning(): Promise<void> {
  await inDatabase((store) => clear(store));
}

/** Undefined where the browser has no database for this page: then kernels are measured again. */
async function inDatabase<T>(action: (store: UseStore) => Promise<T>): Promise<T | undefined> {
  try {
    return await action(database());
  } catch {
    return undefined;
  }
}
