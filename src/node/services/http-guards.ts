import type { Context, MiddlewareHandler } from 'hono';
import { problem } from './http-problems.ts';

/** Names of this machine for itself. */
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

/** Whether only programs on this machine can reach a server at this host. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host.replace(/^\[(.*)\]$/, '$1').toLowerCase());
}

/**
 * Refuses requests that name another host than this machine: a page elsewhere may have its name resolve to 127.0.0.1 and
 * would then count as the server's own (DNS rebinding).
 */
export const expectLoopbackHost: MiddlewareHandler = async (c, next) => {
  const host = c.req.header('host') ?? '';
  const name = /^(\[[^\]]*\]|[^:]*)(:\d+)?$/.exec(host)?.[1] ?? '';
  if (!isLoopback(name))
    return problem(c, 403, 'HostNotAllowedError', 'the Host header names another machine');
  await next();
};

/** Refuses what pages of other origins send: forms need no permission of CORS. */
export function expectOrigin(allowed: readonly string[]): MiddlewareHandler {
  return async (c, next) => {
    const origin = c.req.header('origin');
    const own = origin === undefined || origin === new URL(c.req.url).origin || allowed.includes(origin);
    if (!own || (origin === undefined && c.req.header('sec-fetch-site') === 'cross-site'))
      return refuseOrigin(c);
    await next();
  };
}

function refuseOrigin(c: Context): Response {
  const detail = 'pages of other origins may not ask this server; --allow-origin names those that may';
  return problem(c, 403, 'OriginNotAllowedError', detail);
}

/** Refuses bodies that no route reads; a route without this check would take them for empty. */
export function expectContentType(types: readonly string[]): MiddlewareHandler {
  return async (c, next) => {
    const type = (c.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
    if (!types.includes(type)) {
      return problem(c, 415, 'ContentTypeError', `Content-Type must be ${types.join(' or ')}`);
    }
    await next();
  };
}
