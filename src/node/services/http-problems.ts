import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { DeviceLimitError, DeviceLostError, GpuOutOfMemoryError } from '../../device/errors.ts';
import { AbortedError, BiomedClipError, InvalidOptionError, ShapeError } from '../../errors.ts';
import {
  ImageError,
  ImageFileSizeError,
  ImageNotFoundError,
  ImageTooLargeError,
} from '../../image/errors.ts';
import { MatrixTooLargeError } from '../../metrics/similarity/errors.ts';
import { NonFiniteVectorError, ZeroVectorError } from '../../metrics/vectors.ts';
import {
  ImageInputError,
  ModelReloadError,
  NonFiniteOutputError,
  TextCleaningError,
} from '../../model/errors.ts';
import { HostMemoryError } from '../../platform/host-memory.ts';
import { UrlNotAllowedError } from '../errors.ts';
import {
  FolderGoneError,
  FolderTooLargeError,
  NothingToSearchError,
  OutsideFolderError,
  QueueFullError,
  RequestFieldError,
  RequestLimitError,
  RequestTimeoutError,
  ShuttingDownError,
  UnknownFolderError,
  UploadTimeoutError,
} from './errors.ts';

type ErrorClass = abstract new (...args: never[]) => Error;

/** The first that fits. Whatever else this library throws on purpose is the server's fault: 500. */
const STATUS: readonly (readonly [ContentfulStatusCode, readonly ErrorClass[]])[] = [
  [400, [RequestFieldError]],
  [403, [OutsideFolderError, UrlNotAllowedError]],
  [404, [UnknownFolderError, FolderGoneError, ImageNotFoundError, NothingToSearchError]],
  [408, [UploadTimeoutError]],
  [
    413,
    [
      RequestLimitError,
      ImageTooLargeError,
      ImageFileSizeError,
      FolderTooLargeError,
      MatrixTooLargeError,
      HostMemoryError,
      DeviceLimitError,
    ],
  ],
  [422, [ImageError, NonFiniteVectorError, ZeroVectorError, ShapeError, InvalidOptionError]],
  [422, [TextCleaningError, NonFiniteOutputError]],
  [503, [QueueFullError, ShuttingDownError, DeviceLostError, ModelReloadError, GpuOutOfMemoryError]],
  [504, [RequestTimeoutError]],
];

/** Told in the log too, since whoever keeps the server must see to them. */
const OF_THE_GPU: readonly ErrorClass[] = [DeviceLostError, ModelReloadError, GpuOutOfMemoryError];

/** Refusals before the body is read: the connection cannot be used again, and the client must know. */
const BODY_UNREAD: readonly number[] = [401, 403, 408, 413, 415, 503];

/** Seconds until other requests, or other programs on the GPU, may have given memory back. */
const MEMORY_RETRY = 5;

/** The client is gone, and reads no answer: the status is for logs alone. */
const CLIENT_GONE = 499 as ContentfulStatusCode;

/** Answers an error as RFC 9457 says. @param report is told of errors that are bugs */
export function problemOf(error: unknown, c: Context, report: (error: unknown) => void): Response {
  if (error instanceof HTTPException) return ofHttp(error, c);
  const cause = error instanceof AbortedError && error.cause instanceof BiomedClipError ? error.cause : error;
  if (!(cause instanceof BiomedClipError)) {
    report(error);
    return problem(c, 500, 'InternalError', 'something went wrong; the server’s log says what');
  }
  const status = statusOf(cause);
  if (status === 500 || OF_THE_GPU.some((one) => cause instanceof one)) report(cause);
  if (cause instanceof QueueFullError) c.header('Retry-After', String(cause.retryAfter));
  if (cause instanceof RequestTimeoutError) c.header('Retry-After', '1');
  if (cause instanceof GpuOutOfMemoryError) c.header('Retry-After', String(MEMORY_RETRY));
  return problem(c, status, cause.name, cause.message);
}

export function problem(
  c: Context,
  status: ContentfulStatusCode,
  title: string,
  detail: string,
  more: object = {},
): Response {
  if (BODY_UNREAD.includes(status)) c.header('Connection', 'close');
  const body = { type: 'about:blank', title, status, detail, ...more };
  return c.body(JSON.stringify(body), status, { 'Content-Type': 'application/problem+json' });
}

function statusOf(error: BiomedClipError): ContentfulStatusCode {
  if (error instanceof AbortedError) return CLIENT_GONE;
  const judged = error instanceof ImageInputError ? error.cause : error;
  const found = STATUS.find(([, classes]) => classes.some((of) => judged instanceof of));
  return found?.[0] ?? (error instanceof ImageInputError ? 422 : 500);
}

/** Of Hono and its middlewares, which set headers such as `WWW-Authenticate`. */
function ofHttp(error: HTTPException, c: Context): Response {
  const asked = error.res?.headers.get('WWW-Authenticate');
  if (asked) c.header('WWW-Authenticate', asked);
  const [title, detail] = HTTP_WORDS[error.status] ?? ['RequestError', error.message];
  return problem(c, error.status as ContentfulStatusCode, title, detail);
}

const HTTP_WORDS: Readonly<Record<number, readonly [string, string]>> = {
  400: ['RequestError', 'the body is no JSON, or no form'],
  401: ['UnauthorizedError', 'send the server’s token: Authorization: Bearer TOKEN'],
};
