import { readFile, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { LocalServer } from '../support/local-server.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

/** What any host of static files does: files of a folder under a path, whole or a range of them. */
export class StaticServer extends LocalServer {
  constructor(
    private readonly root: string,
    /** With slashes at both ends. */
    private readonly base: string,
  ) {
    super();
  }

  protected override async answer(
    { url = '', headers }: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const path = decodeURIComponent(new URL(url, this.origin).pathname);
    const inside = path.startsWith(this.base) ? normalize(path.slice(this.base.length)) : '..';
    const file = join(this.root, inside === '.' ? 'index.html' : inside);
    const info = inside.startsWith('..') ? undefined : await stat(file).catch(() => undefined);
    if (!info?.isFile()) return void response.writeHead(404).end();
    const bytes = await readFile(file);
    response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream');
    response.setHeader('access-control-allow-origin', '*'); // as hosts of static files do, for modules in other pages
    response.setHeader('etag', `"${info.size}-${info.mtimeMs}"`);
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '') ?? [];
    if (from === undefined)
      return void response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
    const [start, end] = [Number(from), Math.min(to ? Number(to) : Infinity, bytes.length - 1)];
    const length = end - start + 1;
    const range = { 'content-range': `bytes ${start}-${end}/${bytes.length}`, 'content-length': length };
    response.writeHead(206, range).end(bytes.subarray(start, end + 1));
  }
}
