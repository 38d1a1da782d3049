import { AbortedError, throwIfAborted } from '../errors.ts';
import {
  HubAccessError,
  HubRepositoryNotFoundError,
  HubRevisionNotFoundError,
  HubUnreachableError,
} from './errors.ts';
import type { HubName } from './name.ts';

/** A model, and how the hub is asked for it. */
export interface HubRequest extends HubName {
  /** Without a slash at the end. */
  readonly endpoint: string;
  readonly token?: string;
  readonly signal?: AbortSignal;
  /** Where else was looked, for messages. */
  readonly cacheFolder?: string;
}

/** Waits before each further try, in milliseconds, where the server does not say how long. */
const WAITS = [500, 1000, 2000, 4000];
/** The longest that a server may make us wait. */
const LONGEST_WAIT = 60_000;
const PASSING = [408, 429, 500, 502, 503, 504];

/**
 * `fetch` with the token, which goes to the hub alone (a redirect to another host drops it), and again after a failure
 * that passes.
 */
function hubFetch({ endpoint, token, signal }: HubRequest): typeof fetch {
  const { origin } = new URL(endpoint);
  return async (input, init = {}) => {
    const headers = new Headers(init.headers);
    const url = input instanceof Request ? input.url : String(input);
    if (token !== undefined && new URL(url).origin === origin)
      headers.set('authorization', `Bearer ${token}`);
    for (let tried = 0; ; tried++) {
      const response = await fetchAgainWhereStale(url, { ...init, headers, signal: init.signal ?? signal });
      const wait = WAITS[tried];
      if (!PASSING.includes(response.status) || wait === undefined) return response;
      await response.body?.cancel();
      await sleep(waitOf(response) ?? wait, signal);
    }
  };
}

/** In Node a kept connection may have been closed by the server meanwhile, of which a new one knows nothing. */
async function fetchAgainWhereStale(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code !== 'UND_ERR_SOCKET' && code !== 'ECONNRESET') throw error;
    return fetch(url, init);
  }
}

/** The seconds that `Retry-After` says, in milliseconds. */
function waitOf({ headers }: Response): number | undefined {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds * 1000, LONGEST_WAIT) : undefined;
}

/** @throws {AbortedError} */
export async function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  throwIfAborted(signal);
  await new Promise<void>((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      reject(new AbortedError(signal?.reason));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', end);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', end, { once: true });
  });
}

/** As `hubFetch`, but every answer other than a success is a typed error. */
export function expectingFetch(request: HubRequest): typeof fetch {
  const ask = hubFetch(request);
  return async (input, init) => {
    let response: Response;
    try {
      response = await ask(input, init);
    } catch (cause) {
      throwIfAborted(request.signal);
      throw unreachable(request, cause);
    }
    if (response.ok) return response;
    await response.body?.cancel();
    throw refusal(request, response);
  };
}

export function unreachable(
  { repo, endpoint, cacheFolder }: HubRequest,
  cause: unknown,
): HubUnreachableError {
  return new HubUnreachableError(repo, endpoint, reasonOf(cause), cacheFolder, { cause });
}

/** `fetch failed` says nothing, its cause does. */
function reasonOf(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  if (inner instanceof Error) return inner.message || ('code' in inner ? String(inner.code) : inner.name);
  return String(inner);
}

/** The hub's answers: huggingface_hub reads the same header. */
function refusal(request: HubRequest, { status, headers }: Response): Error {
  const { repo, revision, endpoint, token, bare, cacheFolder } = request;
  const code = headers.get('x-error-code');
  const withToken = token !== undefined;
  if (code === 'RevisionNotFound') return new HubRevisionNotFoundError(repo, revision, endpoint);
  if (code === 'GatedRepo' || status === 403) return new HubAccessError(repo, endpoint, status, withToken);
  if (status === 401 && withToken && code !== 'RepoNotFound') {
    return new HubAccessError(repo, endpoint, status, withToken);
  }
  if (status === 401 || status === 404 || status === 410) {
    return new HubRepositoryNotFoundError(repo, endpoint, withToken, bare);
  }
  return new HubUnreachableError(repo, endpoint, `the server answered ${status}`, cacheFolder);
}
