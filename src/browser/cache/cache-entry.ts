import type { PieceCache } from './piece-cache.ts';
import { nameFor } from './seal.ts';

/** A version of a file, cut into pieces. */
export interface FileVersion {
  readonly missing: false;
  readonly size: number;
  /** Changes when the file does: an ETag or a date. */
  readonly tag: string;
  readonly pieceBytes: number;
}

/** The server has no such file. */
export interface NoFile {
  readonly missing: true;
}

/** The pieces of one version of a file. */
export interface Pieces {
  readonly pieceBytes: number;
  get(index: number): Promise<Uint8Array | undefined>;
  put(index: number, bytes: Uint8Array): Promise<void>;
}

/** Name under which the server's last known version is stored. */
const VERSION = 'version';

/** The cached pieces of one URL. */
export class CacheEntry {
  private constructor(
    readonly cache: PieceCache,
    private readonly folder: string,
  ) {}

  static async of(url: string, cache: PieceCache): Promise<CacheEntry> {
    return new CacheEntry(cache, await nameFor(url));
  }

  async version(): Promise<FileVersion | NoFile | undefined> {
    const bytes = await this.cache.get(this.folder, VERSION);
    return bytes && JSON.parse(new TextDecoder().decode(bytes));
  }

  /** Removes the pieces of any other version, and what a killed browser has left of a write. */
  async setVersion(version: FileVersion | NoFile): Promise<void> {
    const text = JSON.stringify(version);
    if (JSON.stringify(await this.version()) === text) return this.cache.sweep(this.folder, isOurs);
    const prefix = version.missing ? undefined : await prefixFor(version);
    const isKept = (name: string) => prefix !== undefined && name.startsWith(prefix) && isOurs(name);
    await this.cache.sweep(this.folder, isKept);
    await this.cache.put(this.folder, VERSION, new TextEncoder().encode(text));
  }

  /** Piece names contain the version, since another tab may still be working on another version. */
  async pieces(version: FileVersion): Promise<Pieces> {
    const { cache, folder } = this;
    const prefix = await prefixFor(version);
    return {
      pieceBytes: version.pieceBytes,
      get: (index) => cache.get(folder, `${prefix}${index}`),
      put: (index, bytes) => cache.put(folder, `${prefix}${index}`, bytes),
    };
  }
}

/** Chromium writes beside: NAME.crswap. One that another tab is writing is locked, so that it stays. */
function isOurs(name: string): boolean {
  return name === VERSION || /-\d+$/.test(name);
}

async function prefixFor({ size, tag, pieceBytes }: FileVersion): Promise<string> {
  return `${await nameFor(`${size} ${pieceBytes} ${tag}`)}-`;
}
