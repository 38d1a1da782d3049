import type { Store } from './store.ts';

const CACHE = 'biomedclip-webgpu';
/** Cache Storage is keyed by URL, so folders and names become URLs of a host that cannot exist. */
const BASE = 'https://biomedclip-webgpu.invalid/';

/** A store in Cache Storage. */
export async function cacheStorageStore(): Promise<Store> {
  let cache = await caches.open(CACHE);
  const url = (folder: string, name = '') => `${BASE}${folder}/${name}`;
  return {
    async get(folder, name) {
      const response = await cache.match(url(folder, name));
      return response && new Uint8Array(await response.arrayBuffer());
    },
    put: (folder, name, bytes) => cache.put(url(folder, name), new Response(bytes)),
    async names(folder) {
      const start = url(folder);
      const requests = await cache.keys();
      return requests.filter((r) => r.url.startsWith(start)).map((r) => r.url.slice(start.length));
    },
    async delete(folder, name) {
      await cache.delete(url(folder, name));
    },
    async clear() {
      await caches.delete(CACHE);
      cache = await caches.open(CACHE);
    },
  };
}
