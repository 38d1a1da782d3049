import { createRoute, OpenAPIHono, type z } from '@hono/zod-openapi';
import { bearerAuth } from 'hono/bearer-auth';
import { except } from 'hono/combine';
import { cors } from 'hono/cors';
import { secureHeaders } from 'hono/secure-headers';
import { type BodyLimits, bodyReader } from './http-body.ts';
import { expectContentType, expectLoopbackHost, expectOrigin } from './http-guards.ts';
import { fileRef } from './http-images.ts';
import { problem, problemOf } from './http-problems.ts';
import { get, JSON_TYPE, post } from './http-routes.ts';
import * as Shapes from './http-shapes.ts';
import { HttpWork, type WorkLimits } from './http-work.ts';
import type { RequestQueue } from './request-queue.ts';
import type { Services } from './services.ts';

export interface HttpOptions extends WorkLimits, BodyLimits {
  readonly version: string;
  /** Refuse a `Host` that is not this machine. */
  readonly loopback: boolean;
  /** Asked of every request but GET /health. */
  readonly token?: string;
  /** Origins whose pages may ask. */
  readonly origins: readonly string[];
  readonly megapixels: number;
}

type Env = { Variables: { signal: AbortSignal } };

/** Where the OpenAPI document is. */
const DOCUMENT = '/openapi.json';
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
      description: 'Images and texts embedded and compared: by BiomedCLIP, or by the model that /info names.',
      license: { name: 'MIT', url: 'https://opensource.org/license/mit' },
    },
    servers: [{ url: '/' }],
    ...(security && { security }),
  });
  return app;
}

/** What every request passes, in this order: nothing of a body is read before there is room for its work. */
function guard(app: OpenAPIHono<Env>, queue: RequestQueue, options: HttpOptions): void {
  const { loopback, origins, token } = options;
  app.use(secureHeaders());
  if (loopback) app.use(expectLoopbackHost);
  app.use(expectOrigin(origins));
  if (origins.length > 0) app.use(cors({ origin: [...origins] }));
  if (token !== undefined) {
    app.use(except('/health', bearerAuth({ token })));
  }
  const types = { '/embeddings': [JSON_TYPE, FORM_TYPE] } as Readonly<Record<string, string[]>>;
  const readBody = bodyReader(options);
  for (const path of ['/embeddings', '/v1/embeddings', '/similarity', '/search', '/zero-shot']) {
    app.post(path, expectContentType(types[path] ?? [JSON_TYPE]), (c, next) =>
      queue.run(c.req.raw.signal, async (signal) => {
        c.set('signal', signal);
        return (await readBody(c, signal)) ?? next();
      }),
    );
  }
}

function addReads(
  app: OpenAPIHono<Env>,
  services: Services,
  queue: RequestQueue,
  options: HttpOptions,
): void {
  const health = 'Whether the server is there, and its model on the GPU. Needs no token.';
  app.openapi(get('/health', health, Shapes.HealthResponse), async (c) => {
    await services.expectAlive();
    return c.json({ status: 'ok' as const }, 200);
  });
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

/** Several fields of a form come as a list, one alone comes as it is. */
function listOf<T>(values: T | T[] | undefined): T[] {
  return values === undefined ? [] : ([values].flat() as T[]);
}
