import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { untilAborted } from '../../platform/until-aborted.ts';
import { UploadTimeoutError } from './errors.ts';
import { problem } from './http-problems.ts';

export interface BodyLimits {
  readonly bodyBytes: number;
  /** Seconds that a body may take to come, once there is a place for its work. */
  readonly uploadTimeout: number;
}

/**
 * Reads a request's body into memory, within its own time: an upload that hangs must not keep a place.
 * @returns the refusal of a body that is too long
 * @throws {AbortedError} of which the cause is an `UploadTimeoutError`, or the signal's reason
 */
export function bodyReader({ bodyBytes, uploadTimeout }: BodyLimits) {
  const tooLong = `the body is longer than ${bodyBytes.toLocaleString('en')} bytes`;
  const limit = bodyLimit({
    maxSize: bodyBytes,
    onError: (c) => problem(c, 413, 'BodyTooLargeError', tooLong),
  });
  return async (c: Context, signal: AbortSignal): Promise<Response | undefined> => {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new UploadTimeoutError(uploadTimeout)), 1000 * uploadTimeout);
    const reading = limit(c, async () => void (await c.req.arrayBuffer())); // Hono keeps what it has read
    try {
      await untilAborted(reading, AbortSignal.any([signal, late.signal]));
      return (await reading) ?? undefined;
    } finally {
      clearTimeout(timer);
    }
  };
}
