import { withPackages } from '../packages/with-packages.ts';
import type { Bucket } from './bucket.ts';

const open = new Map<string, Promise<Bucket>>();

/** A bucket, whose client is loaded once one is asked for. @throws {MissingPackageError} */
export function openBucket(name: string): Promise<Bucket> {
  const known = open.get(name);
  if (known) return known;
  const bucket = withPackages(`s3://${name}`, ['@aws-sdk/client-s3'], async () => {
    const { Bucket } = await import('./bucket.ts');
    return new Bucket(name);
  });
  open.set(name, bucket);
  return bucket;
}
