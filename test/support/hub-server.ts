import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { LocalServer } from './local-server.ts';

/** Files of one commit. */
export type CommitFiles = ReadonlyMap<string, Uint8Array>;

/** As the hub keeps them: what is large lies on another host, under its SHA-256. */
const LARGE = /\.(?:safetensors|bin)$/;

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** git's name of a file, which is the hub's ETag of a small one. */
function gitHash(bytes: Uint8Array): string {
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

export function hashOf(file: string, bytes: Uint8Array): string {
  return LARGE.test(file) ? sha256(bytes) : gitHash(bytes);
}

/** A request that arrived. */
export interface HubCall {
  /** `api`, `resolve` or `cdn`. */
  readonly kind: string;
  readonly path: string;
  readonly range: string | undefined;
  readonly token: string | undefined;
}

/** What stands in the way of an answer: a status with headers, or a body that ends after so many bytes. */
export type Trouble =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  | { readonly cutAfter: number };

const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': '*',
  'access-control-allow-methods': 'GET, HEAD, OPTIONS',
  'access-control-expose-headers':
    'X-Repo-Commit,X-Error-Code,X-Error-Message,ETag,Link,Accept-Ranges,Content-Range,X-Linked-Size,X-Linked-ETag',
};

/** The host of large files: another origin, which must not see the token. */
class Cdn extends LocalServer {
  readonly blobs = new Map<string, Uint8Array>();
  constructor(readonly hub: HubServer) {
    super();
  }

  protected override answer(request: IncomingMessage, response: ServerResponse): void {
    if (this.hub.begins('cdn', request, response)) return;
    const bytes = this.blobs.get((request.url ?? '').slice(1));
    if (!bytes) return void response.writeHead(404).end();
    this.hub.send(bytes, request, response);
  }
}

/**
 * Answers as the Hugging Face Hub does for models: `api/models/<repo>/revision`, `tree`, and `resolve`, which redirects
 * large files to another host. `doc-builder` and Xet are left out.
 */
export class HubServer extends LocalServer {
  readonly cdn = new Cdn(this);
  readonly calls: HubCall[] = [];
  /** Of each commit of the only model. */
  readonly commits = new Map<string, CommitFiles>();
  readonly refs = new Map<string, string>();
  /** Sent instead of what is listed. */
  readonly damaged = new Map<string, Uint8Array>();
  /** Who may read it: everybody, or the owner of a token. `gated` shows the listing to all. */
  access: { readonly token: string; readonly gated: boolean } | undefined;
  /** Asked before each answer. */
  trouble: (call: HubCall) => Trouble | undefined = () => undefined;
  #cut: number | undefined;

  constructor(readonly repo: string) {
    super();
  }

  override async start(): Promise<void> {
    await this.cdn.start();
    await super.start();
  }

  override async stop(): Promise<void> {
    await this.cdn.stop();
    await super.stop();
  }

  /** Adds a commit, which becomes the newest of `main`. */
  commit(hash: string, files: CommitFiles): void {
    this.commits.set(hash, files);
    this.refs.set('main', hash);
    for (const [file, bytes] of files) if (LARGE.test(file)) this.cdn.blobs.set(sha256(bytes), bytes);
  }

  /** What was asked since the last call, as `kind path`, with the first byte of a range. */
  take(): string[] {
    return this.calls.splice(0).map(({ kind, path, range }) => {
      const from = /^bytes=(\d+)-/.exec(range ?? '')?.[1];
      return `${kind} ${path}${from === undefined ? '' : ` from ${from}`}`;
    });
  }

  /** Notes a request. True where it is answered already. */
  begins(kind: string, request: IncomingMessage, response: ServerResponse): boolean {
    for (const [name, value] of Object.entries(CORS)) response.setHeader(name, value);
    if (request.method === 'OPTIONS') {
      response.writeHead(204).end();
      return true;
    }
    const token = request.headers.authorization?.replace('Bearer ', '');
    const path = (request.url ?? '').split('?')[0] ?? '';
    const call = { kind, path: kind === 'cdn' ? '' : path, range: request.headers.range, token };
    this.calls.push(call);
    const trouble = this.trouble(call);
    this.#cut = trouble && 'cutAfter' in trouble ? trouble.cutAfter : undefined;
    if (!trouble || !('status' in trouble)) return false;
    response.writeHead(trouble.status, trouble.headers).end();
    return true;
  }

  /** A file or a range of it, or less where the connection is to break. */
  send(bytes: Uint8Array, { headers }: IncomingMessage, response: ServerResponse): void {
    const range = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '');
    const start = Number(range?.[1] ?? 0);
    const end = Math.min(Number(range?.[2] || bytes.length - 1), bytes.length - 1);
    if (range && start >= bytes.length) return void response.writeHead(416).end();
    response.setHeader('content-length', end - start + 1);
    if (range) response.setHeader('content-range', `bytes ${start}-${end}/${bytes.length}`);
    response.writeHead(range ? 206 : 200);
    if (this.#cut === undefined) return void response.end(bytes.subarray(start, end + 1));
    response.write(bytes.subarray(start, start + this.#cut), () => setTimeout(() => response.destroy(), 20));
  }

  protected override answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname } = new URL(request.url ?? '', this.origin);
    const api = pathname.startsWith('/api/');
    if (this.begins(api ? 'api' : 'resolve', request, response)) return;
    const own = api ? `/api/models/${this.repo}/` : `/${this.repo}/`;
    const token = request.headers.authorization?.replace('Bearer ', '');
    const refusal = pathname.startsWith(own) ? this.#refusalOf(api, token) : noRepo(token);
    const [kind = '', revision = '', ...path] = pathname.slice(own.length).split('/');
    const commit = this.refs.get(decodeURIComponent(revision)) ?? revision;
    const files = this.commits.get(commit);
    if (refusal) fail(response, ...refusal);
    else if (!files) fail(response, 404, 'RevisionNotFound');
    else if (kind === 'revision') json(response, { _id: '1', id: this.repo, sha: commit, lastModified: 0 });
    else if (kind === 'tree') json(response, treeOf(files));
    else this.#resolve(path.join('/'), files, request, response.setHeader('x-repo-commit', commit));
  }

  #refusalOf(api: boolean, token: string | undefined): [number, string] | undefined {
    if (!this.access || token === this.access.token) return undefined;
    if (!this.access.gated) return noRepo(token);
    return api ? undefined : [token ? 403 : 401, 'GatedRepo'];
  }

  #resolve(file: string, files: CommitFiles, request: IncomingMessage, response: ServerResponse): void {
    const bytes = files.get(file);
    if (!bytes) fail(response, 404, 'EntryNotFound');
    else if (LARGE.test(file)) {
      response.setHeader('x-linked-etag', `"${sha256(bytes)}"`);
      response.setHeader('x-linked-size', bytes.length);
      response.writeHead(302, { location: `${this.cdn.origin}/${sha256(bytes)}` }).end();
    } else {
      response.setHeader('etag', `"${gitHash(bytes)}"`);
      this.send(this.damaged.get(file) ?? bytes, request, response);
    }
  }
}

/** What the hub says of a model that is not there, or hidden. */
function noRepo(token: string | undefined): [number, string] {
  return [token ? 404 : 401, 'RepoNotFound'];
}

function fail(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'x-error-code': code, 'x-error-message': code }).end();
}

function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

function treeOf(files: CommitFiles): object[] {
  const entries = [...files].map(([path, bytes]) => {
    const entry = { type: 'file', path, size: bytes.length, oid: gitHash(bytes) };
    if (!LARGE.test(path)) return entry;
    return { ...entry, lfs: { oid: sha256(bytes), size: bytes.length, pointerSize: 134 } };
  });
  return [{ type: 'directory', path: 'images', size: 0, oid: gitHash(new Uint8Array()) }, ...entries];
}
