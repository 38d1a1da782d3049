import type { ByteSource } from '../../platform/files.ts';
import type { ObjectAddress } from '../object-store/address.ts';
import type { Bucket } from '../object-store/bucket.ts';
import { ConditionalWriteError, ObjectStoreError } from '../object-store/errors.ts';
import { objectSource } from '../object-store/object-source.ts';
import { openBucket } from '../object-store/open-bucket.ts';
import { CheckedResults, isReadWhole } from './checked-results.ts';
import { sha256Of } from './plan.ts';
import type { ResultStore, StoredFile } from './result-store.ts';

/** An object that stays, so that one request tells whether the store heeds conditions. */
const PROBE = '.probe';

/** Results in a bucket, below a prefix. */
export class ObjectResults implements ResultStore {
  readonly #checked = new CheckedResults(this);

  constructor(
    private readonly address: ObjectAddress,
    private readonly bucket: () => Promise<Bucket> = () => openBucket(address.bucket),
    private readonly isInside = false,
  ) {}

  get name(): string {
    const { bucket, key } = this.address;
    return key === '' ? `s3://${bucket}` : `s3://${bucket}/${key}`;
  }

  at(file: string): string {
    return `${this.name}/${file}`;
  }

  within(folder: string): ObjectResults {
    return new ObjectResults({ ...this.address, key: this.#key(folder) }, this.bucket, true);
  }

  #key(file: string): string {
    return this.address.key === '' ? file : `${this.address.key}/${file}`;
  }

  /** There are no folders to be made. @throws {ConditionalWriteError} for a store that would replace what is there */
  async prepare(): Promise<void> {
    if (this.isInside) return; // it was asked of the whole
    const isNew = () => this.putIfAbsent(PROBE, Buffer.from('Put twice, and there once.\n'));
    try {
      if (!(await isNew()) || !(await isNew())) return;
    } catch (cause) {
      if (!(cause instanceof ObjectStoreError) || !/NotImplemented|501/.test(cause.reason)) throw cause;
      throw new ConditionalWriteError(this.name, cause.reason, { cause });
    }
    throw new ConditionalWriteError(this.name, 'an object was put twice');
  }

  async putIfAbsent(file: string, bytes: Uint8Array): Promise<boolean> {
    return (await this.bucket()).putIfAbsent(this.#key(file), bytes);
  }

  async get(file: string): Promise<Uint8Array | undefined> {
    return (await this.bucket()).get(this.#key(file));
  }

  async list(prefix = ''): Promise<string[]> {
    const objects = await (await this.bucket()).list(this.#key(prefix));
    return objects.map(({ key }) => key.slice(this.#key('').length)).sort();
  }

  async remove(file: string): Promise<void> {
    await (await this.bucket()).remove(this.#key(file));
  }

  async open(stored: StoredFile): Promise<ByteSource | undefined> {
    if (isReadWhole(stored)) return this.#checked.open(stored);
    return objectSource(await this.bucket(), this.#key(stored.file));
  }

  async facts(file: string): Promise<Omit<StoredFile, 'file'> | undefined> {
    const bytes = await this.get(file);
    return bytes && { bytes: bytes.length, sha256: sha256Of(bytes) };
  }
}
