import { ObjectAddressError } from './errors.ts';

/** An object in a bucket, or with a prefix all objects below it. */
export interface ObjectAddress {
  readonly bucket: string;
  /** Without slashes at its ends; empty for the whole bucket. */
  readonly key: string;
}

/** Whether this is meant to be `s3://bucket/key`, and not a path. What joins paths makes one slash of two. */
export function isObjectAddress(text: string): boolean {
  return /^s3:\//i.test(text);
}

/** @throws {ObjectAddressError} for what names no bucket */
export function objectAddress(text: string): ObjectAddress {
  const [, bucket, key = ''] = /^s3:\/\/([\w.-]{3,63})(?:\/(.*))?$/is.exec(text) ?? [];
  if (bucket === undefined) throw new ObjectAddressError(text);
  return { bucket, key: key.replace(/^\/+|\/+$/g, '') };
}
