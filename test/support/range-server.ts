import type { IncomingMessage, ServerResponse } from 'node:http';
import { LocalServer } from './local-server.ts';

/** A request for bytes of a file. */
export interface FileRequest {
  readonly file: string;
  readonly start: number;
  /** Of the last byte. */
  readonly end: number;
}

/** A server of files in memory for pages of any origin, with Range requests, that remembers what was asked. */
export class RangeServer extends LocalServer {
  readonly files = new Map<string, Uint8Array>();
  readonly requests: FileRequest[] = [];
  /** Sent with every file; a change says that the files changed. */
  etag: string | undefined = '"one"';
  /** Called before an answer; a status instead of undefined is the answer. */
  beforeAnswer: (request: FileRequest) => number | undefined = () => undefined;

  get url(): string {
    return `${this.origin}/`;
  }

  /** What was asked of a file since the last call, beyond the first byte, by which its version is asked for. */
  takeRequests(file: string): FileRequest[] {
    const taken = this.requests.filter((r) => r.file === file && r.end > 0);
    this.requests.length = 0;
    return taken;
  }

  protected override answer({ url = '', headers }: IncomingMessage, response: ServerResponse): void {
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
