import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request for bytes of a file. */
export interface FileRequest {
  readonly file: string;
  readonly start: number;
  /** Of the last byte. */
  readonly end: number;
}

/** A server of files in memory for pages of any origin, with Range requests, that remembers what was asked. */
export class RangeServer {
  readonly files = new Map<string, Uint8Array>();
  readonly requests: FileRequest[] = [];
  /** Sent with every file; a change says that the files changed. */
  etag: string | undefined = '"one"';
  /** Called before an answer; a status instead of undefined is the answer. */
  beforeAnswer: (request: FileRequest) => number | undefined = () => undefined;
  readonly #server: Server;
  #port = 0;

  constructor() {
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  get url(): string {
    return `http://localhost:${this.#port}/`;
  }

  /** On the port that it had before, if it had one. */
  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, 'localhost', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  /** What was asked of a file since the last call, beyond the first byte, by which its version is asked for. */
  takeRequests(file: string): FileRequest[] {
    const taken = this.requests.filter((r) => r.file === file && r.end > 0);
    this.requests.length = 0;
    return taken;
  }

  #answer({ url = '', headers }: IncomingMessage, response: ServerResponse): void {
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-expose-headers', 'content-range, etag');
    const file = url.slice(1);
    const bytes = this.files.get(file);
    const range = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '');
    if (!bytes || !range) return void response.writeHead(bytes ? 400 : 404).end();
    const [start, end] = [Number(range[1]), Math.min(Number(range[2]), bytes.length - 1)];
    this.requests.push({ file, start, end });
    const status = this.beforeAnswer({ file, start, end });
    if (status !== undefined) return void response.writeHead(status).end();
    if (this.etag !== undefined) response.setHeader('etag', this.etag);
    response.writeHead(206, { 'content-range': `bytes ${start}-${end}/${bytes.length}` });
    response.end(bytes.subarray(start, end + 1));
  }
}
