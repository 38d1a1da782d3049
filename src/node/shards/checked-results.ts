import type { ByteSource } from '../../platform/files.ts';
import { memorySource } from '../../platform/given-file.ts';
import { ShardsNotWholeError } from './errors.ts';
import { sha256Of } from './plan.ts';
import type { ResultStore, StoredFile } from './result-store.ts';

/** Larger ones are read by pieces, and by their size alone known to be whole; `shards verify` reads all. */
const WHOLE = 2 ** 26;

export function isReadWhole({ bytes }: StoredFile): boolean {
  return bytes <= WHOLE;
}

/** Results that are read whole, so that their digests can be compared with what was committed. */
export class CheckedResults {
  #recent: { readonly file: string; readonly bytes: Uint8Array } | undefined;

  constructor(private readonly store: Pick<ResultStore, 'name' | 'at' | 'get'>) {}

  /** Undefined where there is none. @throws {ShardsNotWholeError} for other bytes than were stored @throws {BiomedClipError} */
  async open({ file, sha256 }: StoredFile): Promise<ByteSource | undefined> {
    if (this.#recent?.file !== file) {
      const bytes = await this.store.get(file);
      if (!bytes) return undefined;
      if (sha256Of(bytes) !== sha256) {
        const damage = { file, reason: 'has another SHA-256 than its commit says' };
        throw new ShardsNotWholeError(this.store.name, [damage], []);
      }
      this.#recent = { file, bytes }; // its images are read, and then its texts
    }
    return memorySource(this.store.at(file), this.#recent.bytes);
  }
}
