import type { Store } from './store.ts';

const ROOT = 'biomedclip-webgpu';

/** A store in the origin's private file system (OPFS). A file appears whole or stays as it was. */
export async function privateFilesStore(): Promise<Store> {
  const origin = await navigator.storage.getDirectory(); // rejects if the browser stores nothing for this page
  const open = async (folder: string) =>
    (await origin.getDirectoryHandle(ROOT, { create: true })).getDirectoryHandle(folder, { create: true });
  return {
    async get(folder, name) {
      try {
        const file = await (await open(folder)).getFileHandle(name);
        return new Uint8Array(await (await file.getFile()).arrayBuffer());
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    async put(folder, name, bytes) {
      const file = await (await open(folder)).getFileHandle(name, { create: true });
      const writable = await file.createWritable();
      try {
        await writable.write(bytes);
      } catch (error) {
        await writable.abort().catch(() => {}); // the failure may have closed it
        throw error;
      }
      await writable.close();
    },
    async names(folder) {
      const names: string[] = [];
      for await (const name of (await open(folder)).keys()) names.push(name);
      return names;
    },
    async delete(folder, name) {
      await (await open(folder)).removeEntry(name);
    },
    async clear() {
      await origin.removeEntry(ROOT, { recursive: true }).catch((error: unknown) => {
        if (!isMissing(error)) throw error;
      });
    },
  };
}

function isMissing(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'NotFoundError';
}
