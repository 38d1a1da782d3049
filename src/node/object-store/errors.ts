import { BiomedClipError } from '../../errors.ts';
import { excerpt } from '../../excerpt.ts';

/** An `s3://` that names no bucket. */
export class ObjectAddressError extends BiomedClipError {
  static override readonly name: string = 'ObjectAddressError';

  constructor(readonly address: string) {
    super(`${excerpt(address)}: must be s3://BUCKET or s3://BUCKET/KEY`);
  }
}

/** A bucket that is not there, or may not be used: its name, credentials, region or endpoint are wrong. */
export class BucketAccessError extends BiomedClipError {
  static override readonly name: string = 'BucketAccessError';

  constructor(
    readonly bucket: string,
    /** Such as `NoSuchBucket` or `AccessDenied`. */
    readonly code: string,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(
      `s3://${bucket}: cannot be used: ${code}: ${reason}; check the name, the credentials, AWS_REGION and AWS_ENDPOINT_URL`,
      options,
    );
  }
}

/** A call that an object store did not answer, or answered by an error, however often it was tried. */
export class ObjectStoreError extends BiomedClipError {
  static override readonly name: string = 'ObjectStoreError';

  constructor(
    /** `s3://bucket/key` */
    readonly object: string,
    readonly call: string,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(
      `${object}: cannot be ${call}: ${reason}; run it again, with more tries by AWS_MAX_ATTEMPTS`,
      options,
    );
  }
}

/** An object store that replaces objects though it was asked not to, so that results would not count once. */
export class ConditionalWriteError extends BiomedClipError {
  static override readonly name: string = 'ConditionalWriteError';

  constructor(
    readonly results: string,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(
      `${results}: this object store does not heed If-None-Match (${reason}), by which a result is put only where there is none; use another store, or a folder`,
      options,
    );
  }
}
