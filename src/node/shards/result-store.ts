import type { ByteSource } from '../../platform/files.ts';
import { isObjectAddress, objectAddress } from '../object-store/address.ts';
import { LocalResults } from './local-results.ts';
import { ObjectResults } from './object-results.ts';

/** A file, and how it is known again. */
export interface StoredFile {
  /** Its name, in the folder of results. */
  readonly file: string;
  readonly bytes: number;
  /** Of its content. */
  readonly sha256: string;
}

/**
 * Where results are kept: files in one folder, or below one prefix of a bucket, which all workers see. A file is there whole
 * or not at all, and none is replaced.
 */
export interface ResultStore {
  /** For messages. */
  readonly name: string;
  /** Where a file is, for messages. */
  at(file: string): string;
  /** A folder inside. */
  within(folder: string): ResultStore;
  /** Before files are put. @throws {BiomedClipError} where they cannot be, or not only once */
  prepare(): Promise<void>;
  /** @returns whether there was none of that name @throws {BiomedClipError} and then it may be there or not */
  putIfAbsent(file: string, bytes: Uint8Array): Promise<boolean>;
  /** Undefined where there is none. @throws {BiomedClipError} */
  get(file: string): Promise<Uint8Array | undefined>;
  /** The names that begin so, in order. @throws {BiomedClipError} */
  list(prefix?: string): Promise<string[]>;
  /** There may be none of that name. */
  remove(file: string): Promise<void>;
  /** A file to be read, which should be as it was stored. Undefined where there is none. @throws {BiomedClipError} */
  open(stored: StoredFile): Promise<ByteSource | undefined>;
  /** What a file is now. Undefined where there is none. @throws {BiomedClipError} */
  facts(file: string): Promise<Omit<StoredFile, 'file'> | undefined>;
}

/** The results in a folder, or at `s3://bucket/prefix`. @throws {ObjectAddressError} */
export function resultStore(place: string): ResultStore {
  return isObjectAddress(place) ? new ObjectResults(objectAddress(place)) : new LocalResults(place);
}
