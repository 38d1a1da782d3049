import { STATUS_CODES } from 'node:http';
import { S3ServiceException } from '@aws-sdk/client-s3';
import type { BiomedClipError } from '../../errors.ts';
import { FileChangedError } from '../../platform/errors.ts';
import type { Bucket } from './bucket.ts';
import { BucketAccessError, ObjectStoreError } from './errors.ts';

/** Answers about who asks and where, and not about an object. */
const OF_ACCESS = new Set([
  ...['NoSuchBucket', 'InvalidBucketName', 'PermanentRedirect', 'AuthorizationHeaderMalformed'],
  ...['AccessDenied', 'AllAccessDisabled', 'Forbidden', 'InvalidAccessKeyId', 'SignatureDoesNotMatch'],
  ...['ExpiredToken', 'InvalidToken', 'CredentialsProviderError', 'TokenProviderError'],
]);

/** What a call came to that its client gave up. */
export function callError(bucket: Bucket, key: string, call: string, cause: unknown): BiomedClipError {
  const { code, message } = saidBy(cause);
  if (isTaken(cause)) return new FileChangedError(bucket.at(key)); // If-Match of a read
  const isAccess = OF_ACCESS.has(code) || [301, 401, 403].includes(statusOf(cause) ?? 0);
  if (isAccess || message === 'Region is missing') {
    return new BucketAccessError(bucket.name, code, message, { cause });
  }
  return new ObjectStoreError(bucket.at(key), call, systemReason(cause), { cause });
}

/** Answers without a body, as to HEAD, have their status alone. */
function saidBy(cause: unknown): { readonly code: string; readonly message: string } {
  if (!(cause instanceof Error)) return { code: 'Error', message: String(cause) };
  const status = statusOf(cause);
  if (cause.message === 'UnknownError' && status !== undefined) {
    return { code: `HTTP ${status}`, message: STATUS_CODES[status] ?? 'without a reason' };
  }
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name;
  return { code, message: cause.message };
}

function statusOf(cause: unknown): number | undefined {
  return cause instanceof S3ServiceException ? cause.$metadata.httpStatusCode : undefined;
}

/** 404, of an object alone. */
export function isMissing(cause: unknown): boolean {
  return statusOf(cause) === 404 && (cause as Error).name !== 'NoSuchBucket';
}

/** 412: If-None-Match found an object, or If-Match another. */
export function isTaken(cause: unknown): boolean {
  return statusOf(cause) === 412;
}

/** 409 ConditionalRequestConflict: another write of the key was under way. */
export function isConflict(cause: unknown): boolean {
  return statusOf(cause) === 409;
}

/** For messages. */
export function systemReason(cause: unknown): string {
  const { code, message } = saidBy(cause);
  return message === '' || message === code ? code : `${code}: ${message}`;
}
