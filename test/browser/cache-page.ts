import { openCached } from '../../src/browser/cache/open-cached.ts';
import { PieceCache } from '../../src/browser/cache/piece-cache.ts';
import { openStore } from '../../src/browser/cache/store.ts';
import { browserTuningCache } from '../../src/browser/tuning-cache.ts';
import {
  AbortedError,
  BiomedClip,
  type BiomedClipError,
  clearCache,
  type HubOptions,
} from '../../src/index.ts';
import { rootOf, urlOf } from '../../src/platform/url-files.ts';

/** What came of reading or loading. */
export interface CacheResult {
  /** The SHA-256 of what was read, or the embedding of a text. */
  readonly result: string | readonly number[];
  /** The commit of a model by name. */
  readonly revision?: string;
  readonly warnings: readonly string[];
}

const describe = ({ name, message }: BiomedClipError) => `${name}: ${message}`;

let held: FileSystemWritableFileStream | undefined;

/** What the test asks of the page. */
const cached = {
  /** Reads a file from end to end, in pieces of its own size; aborts it after `abortAfter` reads. */
  async read(
    base: string,
    file: string,
    { pieceBytes = 1000, abortAfter = Number.POSITIVE_INFINITY } = {},
  ): Promise<CacheResult> {
    const warnings: string[] = [];
    const cache = new PieceCache(await openStore(), (warning) => warnings.push(describe(warning)));
    const abort = new AbortController();
    const source = await openCached(urlOf(rootOf(base), file), cache, { pieceBytes, signal: abort.signal });
    if (!source) return { result: 'no file', warnings };
    const all = new Uint8Array(source.size);
    for (let at = 0, reads = 0; at < all.length; at += 700, reads++) {
      if (reads >= abortAfter) abort.abort('enough');
      all.set(await source.read(at, Math.min(700, all.length - at)), at);
    }
    await source.close();
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', all));
    return { result: Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join(''), warnings };
  },

  /** Loads a model and embeds a text; aborts at the first weights if asked to. */
  async load(
    base: string,
    { cache, abort = false, hub }: { cache?: boolean; abort?: boolean; hub?: HubOptions } = {},
  ): Promise<CacheResult> {
    const warnings: string[] = [];
    const controller = new AbortController();
    const loading = BiomedClip.load(base, {
      cache,
      hub,
      signal: controller.signal,
      onProgress: ({ stage }) => {
        if (abort && stage === 'weights') controller.abort();
      },
      onWarning: (warning) => warnings.push(describe(warning)),
    });
    try {
      await using model = await loading;
      const { texts } = await model.embedBatch({ texts: ['pie chart'] });
      return { result: [...texts.data], warnings, revision: model.info.revision };
    } catch (error) {
      if (error instanceof AbortedError) return { result: 'aborted', warnings };
      throw error;
    }
  },

  clear: clearCache,

  /** Keeps a kernel choice if one is given, and says what is kept. */
  async tuning(key: string, value?: string): Promise<string | undefined> {
    const tuning = browserTuningCache();
    if (value !== undefined) await tuning.set(key, value);
    return tuning.get(key);
  },

  /** The names of all kept files, by folder. */
  async kept(): Promise<Record<string, string[]>> {
    const folders: Record<string, string[]> = {};
    for await (const [name, folder] of await root()) {
      const files: string[] = [];
      if (folder instanceof FileSystemDirectoryHandle)
        for await (const file of folder.keys()) files.push(file);
      folders[name] = files;
    }
    return folders;
  },

  /** Leaves beside the first piece what Chromium leaves there when it is killed while it writes. */
  async leave(): Promise<void> {
    for await (const folder of (await root()).values()) {
      if (!(folder instanceof FileSystemDirectoryHandle)) continue;
      const names: string[] = [];
      for await (const name of folder.keys()) names.push(name);
      const piece = names.find((name) => name.endsWith('-0')) ?? 'none';
      await folder.getFileHandle(`${piece}.crswap`, { create: true });
    }
  },

  /** Writes a piece again, as another tab does, and does not end before `release`. */
  async hold(): Promise<void> {
    for await (const folder of (await root()).values()) {
      if (!(folder instanceof FileSystemDirectoryHandle)) continue;
      for await (const [name, file] of folder) {
        if (!name.endsWith('-1') || !(file instanceof FileSystemFileHandle)) continue;
        held = await file.createWritable({ keepExistingData: true });
      }
    }
  },

  release: async () => held?.close(),

  /** Changes one byte of every kept piece of that index. */
  async damage(index: number): Promise<number> {
    let damaged = 0;
    for await (const folder of (await root()).values()) {
      if (!(folder instanceof FileSystemDirectoryHandle)) continue;
      for await (const [name, file] of folder) {
        if (!name.endsWith(`-${index}`) || !(file instanceof FileSystemFileHandle)) continue;
        const bytes = new Uint8Array(await (await file.getFile()).arrayBuffer());
        const last = bytes.length - 1;
        bytes[last] = (bytes[last] ?? 0) ^ 1;
        const writable = await file.createWritable();
        await writable.write(bytes);
        await writable.close();
        damaged += 1;
      }
    }
    return damaged;
  },
};

async function root(): Promise<FileSystemDirectoryHandle> {
  return (await navigator.storage.getDirectory()).getDirectoryHandle('biomedclip-webgpu', { create: true });
}

declare global {
  interface Window {
    readonly cached: typeof cached;
  }
}
Object.assign(window, { cached });
document.title = 'ready';
