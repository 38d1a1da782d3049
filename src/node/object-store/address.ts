import { excerpt } from '../../excerpt.ts';
import { UsageError } from '../errors.ts';

/** An object in a bucket, or with a prefix all objects below it. */
export interface ObjectAddress {
  readonly bucket: string;
  /** Without slashes at its ends; empty for the whole bucket. */
  readonly key: string;
}

/** Whether this is meant to be `s3://bucket/key`, and not a path. */
export function isObjectAddress(text: string): boolean {
  return /^s3:\/\//i.test(text);
}

/** @throws {UsageError} for what names no bucket */
export function objectAddress(text: string): ObjectAddress {
  const [, bucket, key = ''] = /^s3:\/\/([\w.-]{3,63})(?:\/(.*))?$/is.exec(text) ?? [];
  if (bucket === undefined)
    throw new UsageError(`${excerpt(text)}: must be s3://BUCKET or s3://BUCKET/PREFIX`);
  return { bucket, key: key.replace(/^\/+|\/+$/g, '') };
}

/** Refuses a bucket where files are written. @throws {UsageError} */
export function expectNoObjectAddress(option: string, text: string | undefined): void {
  if (text === undefined || !isObjectAddress(text)) return;
  throw new UsageError(
    `${option} ${excerpt(text)}: only embed --shards and worker write to a bucket; name a file or folder, and copy it there`,
  );
}
