import { FileRangeError } from '../../platform/errors.ts';
import type { ByteSource } from '../../platform/files.ts';
import type { Bucket } from './bucket.ts';

/** An object that is read by ranges, all of one version. Undefined where there is none. @throws {BiomedClipError} */
export async function objectSource(bucket: Bucket, key: string): Promise<ByteSource | undefined> {
  const facts = await bucket.facts(key);
  if (!facts) return undefined;
  const [name, { size }] = [bucket.at(key), facts];
  return {
    name,
    size,
    async read(offset, length) {
      if (!(offset >= 0 && length >= 0 && offset + length <= size)) {
        throw new FileRangeError(name, offset, length, size);
      }
      return bucket.getRange(key, facts, offset, length);
    },
    close: async () => {},
  };
}
