import { type ByteSource, expectWithin } from '../../platform/files.ts';
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
      expectWithin({ name, size }, offset, length);
      return bucket.getRange(key, facts, offset, length);
    },
    close: async () => {},
  };
}
