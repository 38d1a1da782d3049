import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { crc32 } from 'node:zlib';
import { vi } from 'vitest';
import { LocalServer } from './local-server.ts';

/** A request, before it is answered. */
export interface ObjectCall {
  readonly kind: 'put' | 'get' | 'range' | 'head' | 'list' | 'delete';
  readonly key: string;
}

/**
 * What goes wrong with it: a status by which it is refused, and nothing is done; the connection is reset before or after it
 * was done; the answer breaks off, or comes to a halt.
 */
export type Fault = 409 | 500 | 503 | 'reset before' | 'reset after' | 'cut' | 'halt';

interface StoredObject {
  readonly bytes: Buffer;
  readonly etag: string;
  readonly writer?: string;
}

const CODES = { 409: 'ConditionalRequestConflict', 500: 'InternalError', 503: 'SlowDown' } as const;

/** One bucket of an object store in memory, by the protocol of S3 with paths, in which calls go wrong as a test says. */
export class FakeS3 extends LocalServer {
  readonly objects = new Map<string, StoredObject>();
  /** What became of each call. */
  readonly calls: (ObjectCall & { readonly fault?: Fault; readonly status?: number })[] = [];
  fault: (call: ObjectCall) => Fault | undefined = () => undefined;
  /** As many stores do not. */
  heedsConditions = true;
  /** Of a page of a list. */
  pageSize = 1000;
  readonly bucket = 'results';
  /** Of those who may use it. */
  keyId = 'AKIAEXAMPLE';

  /** Sets the variables by which the AWS client finds it, and others, until `vi.unstubAllEnvs`. */
  stubEnvironment(others: Readonly<Record<string, string>> = {}): void {
    vi.stubEnv('AWS_ENDPOINT_URL', this.origin);
    vi.stubEnv('AWS_REGION', 'us-east-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', this.keyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
    for (const [name, value] of Object.entries(others)) vi.stubEnv(name, value);
  }

  put(key: string, bytes: Uint8Array, writer?: string): void {
    const etag = `"${createHash('md5').update(bytes).digest('hex')}"`;
    this.objects.set(key, { bytes: Buffer.from(bytes), etag, writer });
  }

  protected override async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request).catch(() => undefined);
    const url = new URL(request.url ?? '', this.origin);
    const [, bucket = '', ...parts] = url.pathname.split('/').map(decodeURIComponent);
    const call = { kind: kindOf(request, parts), key: parts.join('/') };
    const length = Number(request.headers['content-length'] ?? 0);
    if (body?.length !== length && !request.headers['transfer-encoding']) return; // the client went away
    const fault = this.fault(call);
    const refused = this.#refusal(request, bucket);
    if (refused) return this.#refuse(response, call, ...refused);
    if (typeof fault === 'number') return this.#refuse(response, call, fault, CODES[fault], fault);
    if (fault === 'reset before') return this.#reset(response, call, fault);
    const [status, headers, content] = this.#done(call, request, url, body ?? Buffer.alloc(0));
    if (fault === 'reset after') return this.#reset(response, call, fault);
    this.calls.push({ ...call, fault, status });
    response.writeHead(status, { 'content-length': content.length, ...headers });
    const isCut = (fault === 'cut' || fault === 'halt') && content.length > 0 && call.kind !== 'head';
    if (!isCut) return void response.end(call.kind === 'head' ? undefined : content);
    response.write(content.subarray(0, content.length >> 1), () => {
      if (fault === 'cut') response.destroy();
    });
  }

  #refusal({ headers }: IncomingMessage, bucket: string): [number, string] | undefined {
    if (!headers.authorization?.includes(`Credential=${this.keyId}/`)) return [403, 'InvalidAccessKeyId'];
    return bucket === this.bucket ? undefined : [404, 'NoSuchBucket'];
  }

  #refuse(response: ServerResponse, call: ObjectCall, status: number, code: string, fault?: Fault): void {
    this.calls.push({ ...call, fault, status });
    const xml = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>as the test says</Message></Error>`;
    response.writeHead(status, { 'content-type': 'application/xml', 'content-length': xml.length });
    response.end(call.kind === 'head' ? undefined : xml);
  }

  #reset(response: ServerResponse, call: ObjectCall, fault: Fault): void {
    this.calls.push({ ...call, fault });
    response.socket?.resetAndDestroy();
  }

  /** At once, so that no two calls are at it together. */
  #done(call: ObjectCall, request: IncomingMessage, url: URL, body: Buffer): Answer {
    const there = this.objects.get(call.key);
    if (call.kind === 'list') return this.#list(url.searchParams);
    if (call.kind === 'delete') return this.#removed(call.key);
    if (call.kind === 'put') return this.#stored(call.key, request, body);
    return there ? got(there, request) : error(404, 'NoSuchKey');
  }

  #stored(key: string, { headers }: IncomingMessage, body: Buffer): Answer {
    if (this.heedsConditions && headers['if-none-match'] === '*' && this.objects.has(key)) {
      return error(412, 'PreconditionFailed');
    }
    if (headers['x-amz-checksum-crc32'] !== checksum(body)) return error(400, 'BadDigest');
    this.put(key, body, headers['x-amz-meta-writer']?.toString());
    return [200, { etag: this.objects.get(key)?.etag ?? '' }, Buffer.alloc(0)];
  }

  #removed(key: string): Answer {
    this.objects.delete(key);
    return [204, {}, Buffer.alloc(0)];
  }

  #list(asked: URLSearchParams): Answer {
    const [prefix, delimiter] = [asked.get('prefix') ?? '', asked.get('delimiter')];
    const after = asked.get('continuation-token') ?? '';
    const keys = [...this.objects.keys()]
      .filter((key) => key.startsWith(prefix) && !(delimiter && key.slice(prefix.length).includes(delimiter)))
      .sort()
      .filter((key) => key > after);
    const page = keys.slice(0, this.pageSize);
    const entries = page.map((key) => {
      const { bytes, etag } = this.objects.get(key) as StoredObject;
      return `<Contents><Key>${key}</Key><Size>${bytes.length}</Size><ETag>${etag}</ETag></Contents>`;
    });
    const more = page.length < keys.length;
    const next = more ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : '';
    const xml = `<?xml version="1.0"?><ListBucketResult><IsTruncated>${more}</IsTruncated>${next}${entries.join('')}</ListBucketResult>`;
    return [200, { 'content-type': 'application/xml' }, Buffer.from(xml)];
  }
}

type Answer = [status: number, headers: Record<string, string>, content: Buffer];

function kindOf({ method, headers }: IncomingMessage, parts: readonly string[]): ObjectCall['kind'] {
  if (method === 'PUT') return 'put';
  if (method === 'DELETE') return 'delete';
  if (method === 'HEAD') return 'head';
  if (parts.length === 0 || parts.join('') === '') return 'list';
  return headers.range === undefined ? 'get' : 'range';
}

function got({ bytes, etag, writer }: StoredObject, { headers }: IncomingMessage): Answer {
  if (headers['if-match'] !== undefined && headers['if-match'] !== etag) {
    return error(412, 'PreconditionFailed');
  }
  const about = { etag, ...(writer !== undefined && { 'x-amz-meta-writer': writer }) };
  const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? [];
  if (start === undefined) return [200, { ...about, 'x-amz-checksum-crc32': checksum(bytes) }, bytes];
  const part = bytes.subarray(Number(start), Number(end) + 1);
  return [206, { ...about, 'content-range': `bytes ${start}-${end}/${bytes.length}` }, part];
}

function error(status: number, code: string): Answer {
  const xml = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`;
  return [status, { 'content-type': 'application/xml' }, Buffer.from(xml)];
}

/** CRC-32 as S3 writes it, in base64. */
function checksum(bytes: Uint8Array): string {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(bytes));
  return sum.toString('base64');
}
