import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FileReadError, OutputWriteError } from '../../platform/errors.ts';
import type { ByteSource } from '../../platform/files.ts';
import { DirectoryReadError, systemCode } from '../errors.ts';
import { openLocalFile } from '../files.ts';
import { fileDigest } from '../npy-vectors.ts';
import { CheckedResults, isReadWhole } from './checked-results.ts';
import type { ResultStore, StoredFile } from './result-store.ts';
import { FILE_CALLS, type FileCalls, isLeftOver, writeIfAbsent } from './write-if-absent.ts';

/** Results in a folder of a file system that all workers see. */
export class LocalResults implements ResultStore {
  readonly #checked = new CheckedResults(this);

  constructor(
    readonly name: string,
    private readonly calls: FileCalls = FILE_CALLS,
  ) {}

  at(file: string): string {
    return join(this.name, file);
  }

  within(folder: string): LocalResults {
    return new LocalResults(this.at(folder), this.calls);
  }

  /** Makes the folder where missing, and sweeps what processes that are gone have left half written. */
  async prepare(): Promise<void> {
    await mkdir(this.name, { recursive: true }).catch((cause: unknown) => {
      throw new OutputWriteError(this.name, systemCode(cause), { cause });
    });
    for (const file of await this.list('.')) {
      if (isLeftOver(file)) await this.remove(file).catch(() => {}); // the next worker tries again
    }
  }

  putIfAbsent(file: string, bytes: Uint8Array): Promise<boolean> {
    return writeIfAbsent(this.at(file), bytes, this.calls);
  }

  async get(file: string): Promise<Uint8Array | undefined> {
    return readFile(this.at(file)).catch((cause: unknown) => this.#unlessMissing(file, cause));
  }

  async list(prefix = ''): Promise<string[]> {
    const files = await readdir(this.name).catch((cause: unknown) => {
      if (systemCode(cause) === 'ENOENT') return [];
      throw new DirectoryReadError(this.name, systemCode(cause), { cause });
    });
    return files.filter((file) => file.startsWith(prefix)).sort();
  }

  remove(file: string): Promise<void> {
    return this.calls.rm(this.at(file));
  }

  open(stored: StoredFile): Promise<ByteSource | undefined> {
    return isReadWhole(stored) ? this.#checked.open(stored) : openLocalFile(this.at(stored.file));
  }

  async facts(file: string): Promise<Omit<StoredFile, 'file'> | undefined> {
    try {
      const { size } = await stat(this.at(file));
      return { bytes: size, sha256: await fileDigest(this.at(file)) };
    } catch (cause) {
      return this.#unlessMissing(file, cause);
    }
  }

  #unlessMissing(file: string, cause: unknown): undefined {
    const system = cause instanceof FileReadError ? cause.cause : cause;
    if (systemCode(system) === 'ENOENT') return undefined;
    throw new FileReadError(this.at(file), systemCode(system), { cause });
  }
}
