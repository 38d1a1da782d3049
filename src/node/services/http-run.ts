import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { version } from '../../../package.json';
import { AbortedError } from '../../errors.ts';
import type { Output, Session } from '../cli/session.ts';
import { systemCode, UsageError } from '../errors.ts';
import { ListenError } from './errors.ts';
import { createHttpApp } from './http-app.ts';
import { isLoopback } from './http-guards.ts';
import { RequestQueue } from './request-queue.ts';
import type { Services } from './services.ts';
import { type ServiceOptions, withServices } from './with-services.ts';

export interface ServeOptions extends ServiceOptions {
  readonly host: string;
  readonly port: number;
  readonly token?: string;
  readonly withoutToken?: boolean;
  readonly allowOrigin?: readonly string[];
  readonly allowUrls?: boolean;
  /** Megabytes. */
  readonly maxBody: number;
  readonly maxImages: number;
  readonly maxTexts: number;
  readonly concurrency: number;
  readonly queue: number;
  /** Seconds. */
  readonly timeout: number;
  /** Seconds. */
  readonly uploadTimeout: number;
}

/** Connections at once; what comes besides is closed. */
const MOST_CONNECTIONS = 512;
/** Seconds that requests have to end after Ctrl-C. */
const GRACE = 30;

/** Serves HTTP until the signal fires, then finishes what runs. @throws {AbortedError} */
export async function runServe(options: ServeOptions, session: Session): Promise<void> {
  const token = options.token ?? process.env.BIOMEDCLIP_TOKEN;
  expectProtected(options, token);
  await withServices(options, session, async (services, output, stop) => {
    await Promise.race([services.info(), aborted(stop)]);
    if (stop.aborted) return;
    const queue = new RequestQueue({
      running: options.concurrency,
      waiting: options.queue,
      timeout: options.timeout,
    });
    const server = serverOf(services, queue, { ...options, token }, output);
    try {
      const url = await listen(server, options);
      output.result(
        { url, openapi: `${url}/openapi.json` },
        `listening on ${url}, described at ${url}/openapi.json`,
      );
      await aborted(stop);
    } finally {
      await close(server, queue);
    }
  });
  if (session.signal.aborted) throw new AbortedError(session.signal.reason);
}

/** @throws {UsageError} for a server that others can reach without a token */
function expectProtected({ host, withoutToken = false }: ServeOptions, token: string | undefined): void {
  if (token !== undefined && !/^[A-Za-z0-9._~+/-]{16,}=*$/.test(token)) {
    throw new UsageError('--token: must have at least 16 characters, letters, digits and "-._~+/"');
  }
  if (isLoopback(host) || token !== undefined || withoutToken) return;
  throw new UsageError(
    `--host ${host}: other machines could ask this server; set BIOMEDCLIP_TOKEN or --token, or pass --without-token`,
  );
}

function serverOf(services: Services, queue: RequestQueue, options: ServeOptions, output: Output): Server {
  const app = createHttpApp(
    services,
    queue,
    {
      version,
      loopback: isLoopback(options.host),
      token: options.token,
      origins: options.allowOrigin ?? [],
      allowUrls: options.allowUrls ?? false,
      images: options.maxImages,
      texts: options.maxTexts,
      bodyBytes: options.maxBody * 1e6,
      uploadTimeout: options.uploadTimeout,
      megapixels: options.maxPixels,
    },
    (error) => output.warn(error instanceof Error ? (error.stack ?? error.message) : String(error)),
  );
  const milliseconds = 1000 * options.timeout;
  const server = createAdaptorServer({
    fetch: app.fetch,
    // Against clients that send a byte at a time: what has not come by then never will.
    serverOptions: {
      headersTimeout: Math.min(10_000, milliseconds),
      requestTimeout: milliseconds,
      connectionsCheckingInterval: 1000,
      keepAliveTimeout: 5_000,
    },
  }) as Server;
  server.maxConnections = MOST_CONNECTIONS;
  return server;
}

/** @returns the server's URL @throws {ListenError} */
async function listen(server: Server, { host, port }: ServeOptions): Promise<string> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    const code = systemCode(cause);
    throw new ListenError(host, port, code, { cause });
  }
  const { address, family, port: actual } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${actual}`;
}

/** Lets requests finish, those that wait included; connections without one are closed at once. */
async function close(server: Server, queue: RequestQueue): Promise<void> {
  if (!server.listening) return;
  queue.close();
  const closed = once(server, 'close');
  server.close();
  const late = setTimeout(() => {
    queue.stop();
    server.closeAllConnections();
  }, 1000 * GRACE);
  await closed;
  clearTimeout(late);
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}
