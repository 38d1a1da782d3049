import { createRoute, OpenAPIHono, type z } from '@hono/zod-openapi';
import { bearerAuth } from 'hono/bearer-auth';
import { bodyLimit } from 'hono/body-limit';
import { except } from 'hono/combine';
import { cors } from 'hono/cors';
import { secureHeaders } from 'hono/secure-headers';
import { expectContentType, expectLoopbackHost, expectOrigin } from './http-guards.ts';
import { fileRef } from './http-images.ts';
import { problem, problemOf } from './http-problems.ts';
import * as Shapes from './http-shapes.ts';
import { HttpWork, type WorkLimits } from './http-work.ts';
import type { RequestQueue } from './request-queue.ts';
import type { Services } from './services.ts';

export interface HttpOptions extends WorkLimits {
  readonly version: string;
  /** Refuse a `Host` that is not this machine. */
  readonly loopback: boolean;
  /** Asked of every request but GET /health. */
  readonly token?: string;
  /** Origins whose pages may ask. */
  readonly origins: readonly string[];
  readonly bodyBytes: number;
  readonly megapixels: number;
}

type Env = { Variables: { signal: AbortSignal } };

/** Where the OpenAPI document is. */
const DOCUMENT = '/openapi.json';
const JSON_TYPE = 'application/json';
const FORM_TYPE = 'multipart/form-data';
/** Fields of a request that errors name. */
const NAMED_FIELDS = 10;

/** The HTTP interface as a `fetch` function, without a socket. */
export function createHttpApp(
  services: Services,
  queue: RequestQueue,
  options: HttpOptions,
  report: (error: unknown) => void,
): OpenAPIHono<Env> {
  const app = new OpenAPIHono<Env>({
    defaultHook(result, c) {
      if (result.success) return undefined;
      const errors = result.error.issues
        .slice(0, NAMED_FIELDS)
        .map(({ path, message }) => ({ field: path.join('.') || 'body', reason: message }));
      const detail = errors.map(({ field, reason }) => `${field}: ${reason}`).join('; ');
      return problem(c, 400, 'RequestFieldError', detail, { errors });
    },
  });
  app.onError((error, c) => problemOf(error, c, report));
  app.notFound((c) => problem(c, 404, 'NotFoundError', `there is nothing here; see ${DOCUMENT}`));
  guard(app, queue, options);
  addReads(app, services, queue, options);
  addWork(app, new HttpWork(services, options));
  const security = options.token === undefined ? undefined : [{ token: [] }];
  if (security)
    app.openAPIRegistry.registerComponent('securitySchemes', 'token', { type: 'http', scheme: 'bearer' });
  app.doc31(DOCUMENT, {
    openapi: '3.1.0',
    info: {
      title: 'biomedclip-webgpu',
      version: options.version,
      description: 'Medical images and texts embedded and compared by BiomedCLIP.',
      license: { name: 'MIT', url: 'https://opensource.org/license/mit' },
    },
    servers: [{ url: '/' }],
    ...(security && { security }),
  });
  return app;
}

/** What every request passes, in this order: nothing of a body is read before there is room for its work. */
function guard(app: OpenAPIHono<Env>, queue: RequestQueue, options: HttpOptions): void {
  const { loopback, origins, token, bodyBytes } = options;
  app.use(secureHeaders());
  if (loopback) app.use(expectLoopbackHost);
  app.use(expectOrigin(origins));
  if (origins.length > 0) app.use(cors({ origin: [...origins] }));
  if (token !== undefined) {
    app.use(except('/health', bearerAuth({ token })));
  }
  const types = { '/embeddings': [JSON_TYPE, FORM_TYPE] } as Readonly<Record<string, string[]>>;
  const tooLarge = `the body is longer than ${bodyBytes.toLocaleString('en')} bytes`;
  const limit = bodyLimit({
    maxSize: bodyBytes,
    onError: (c) => problem(c, 413, 'BodyTooLargeError', tooLarge),
  });
  for (const path of ['/embeddings', '/v1/embeddings', '/similarity', '/search', '/zero-shot']) {
    app.post(
      path,
      expectContentType(types[path] ?? [JSON_TYPE]),
      async (c, next) => {
        await queue.run(c.req.raw.signal, async (signal) => {
          c.set('signal', signal);
          await next();
        });
      },
      limit,
    );
  }
}

function addReads(
  app: OpenAPIHono<Env>,
  services: Services,
  queue: RequestQueue,
  options: HttpOptions,
): void {
  app.openapi(get('/health', 'Whether the server is there. Needs no token.', Shapes.HealthResponse), (c) =>
    c.json({ status: 'ok' as const }, 200),
  );
  app.openapi(
    get('/info', 'The model, the folders, the queue and the limits.', Shapes.InfoResponse),
    async (c) => {
      const { name, ...info } = await services.info();
      const { version, bodyBytes, images, texts, megapixels } = options;
      return c.json(
        {
          version,
          model: name,
          ...info,
          folders: services.folders.names,
          queue: queue.state,
          limits: { bodyBytes, images, texts, megapixels },
        },
        200,
      );
    },
  );
}

function addWork(app: OpenAPIHono<Env>, work: HttpWork): void {
  const embeddings = createRoute({
    ...post('/embeddings', 'Embed texts and images.', Shapes.EmbeddingsRequest, Shapes.EmbeddingsResponse),
    request: {
      body: {
        required: true,
        content: {
          [JSON_TYPE]: { schema: Shapes.EmbeddingsRequest },
          [FORM_TYPE]: { schema: Shapes.EmbeddingsForm },
        },
      },
    },
  });
  app.openapi(embeddings, async (c) => {
    // The types of both bodies are one union: which one came, the Content-Type says.
    if (!c.req.header('content-type')?.toLowerCase().startsWith(FORM_TYPE)) {
      const request = c.req.valid('json') as z.output<typeof Shapes.EmbeddingsRequest>;
      return c.json(await work.embeddings(request, c.get('signal')), 200);
    }
    const { texts, images, ...rest } = c.req.valid('form') as z.output<typeof Shapes.EmbeddingsForm>;
    const refs = await Promise.all(
      listOf(images).map(async (file, i) => fileRef(file, await file.arrayBuffer(), i)),
    );
    const request = { ...rest, texts: listOf(texts), images: [] };
    return c.json(await work.embeddings(request, c.get('signal'), refs), 200);
  });
  app.openapi(
    post('/v1/embeddings', 'Embed texts, as OpenAI’s API does.', Shapes.OpenAiRequest, Shapes.OpenAiResponse),
    async (c) => c.json(await work.openAi(c.req.valid('json'), c.get('signal')), 200),
  );
  app.openapi(
    post(
      '/similarity',
      'Every row of a with every row of b.',
      Shapes.SimilarityRequest,
      Shapes.SimilarityResponse,
    ),
    async (c) => c.json(await work.similarity(c.req.valid('json'), c.get('signal')), 200),
  );
  app.openapi(
    post(
      '/search',
      'Images of the folders like a text or image.',
      Shapes.SearchRequest,
      Shapes.SearchResponse,
    ),
    async (c) => c.json(await work.search(c.req.valid('json'), c.get('signal')), 200),
  );
  app.openapi(
    post('/zero-shot', 'Which label fits each image best.', Shapes.ZeroShotRequest, Shapes.ZeroShotResponse),
    async (c) => c.json(await work.zeroShot(c.req.valid('json'), c.get('signal')), 200),
  );
}

const problems = { content: { 'application/problem+json': { schema: Shapes.Problem } } };

function get<Path extends string, Answer extends z.ZodType>(path: Path, summary: string, answer: Answer) {
  return createRoute({
    method: 'get',
    path,
    summary,
    operationId: operationOf(path),
    responses: {
      200: { description: 'Done.', content: { [JSON_TYPE]: { schema: answer } } },
      403: { description: 'Another host or origin.', ...problems },
    },
  });
}

function post<Path extends string, Body extends z.ZodType, Answer extends z.ZodType>(
  path: Path,
  summary: string,
  body: Body,
  answer: Answer,
) {
  return createRoute({
    method: 'post',
    path,
    summary,
    operationId: operationOf(path),
    request: { body: { required: true, content: { 'application/json': { schema: body } } } },
    responses: {
      200: { description: 'Done.', content: { 'application/json': { schema: answer } } },
      400: { description: 'No such request: a field is missing, unknown or of another kind.', ...problems },
      401: { description: 'The token is missing or wrong.', ...problems },
      403: { description: 'Outside the folders, a URL, or another host or origin.', ...problems },
      404: { description: 'No such folder or image.', ...problems },
      413: { description: 'More than the server takes at a time.', ...problems },
      415: { description: 'Another Content-Type.', ...problems },
      422: {
        description: 'An image that cannot be read, or vectors that have no such measure.',
        ...problems,
      },
      503: {
        description: 'The queue is full, or the server ends; Retry-After says when to come back.',
        ...problems,
      },
      504: { description: 'Not done in time.', ...problems },
    },
  });
}

/** Such as `zeroShot`: the name of the function in generated clients. */
function operationOf(path: string): string {
  return path.replace(/^\//, '').replace(/[^a-z0-9]+(.)/gi, (_, letter: string) => letter.toUpperCase());
}

/** Several fields of a form come as a list, one alone comes as it is. */
function listOf<T>(values: T | T[] | undefined): T[] {
  return values === undefined ? [] : ([values].flat() as T[]);
}
