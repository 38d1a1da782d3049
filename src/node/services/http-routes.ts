import { createRoute, type z } from '@hono/zod-openapi';
import * as Shapes from './http-shapes.ts';

export const JSON_TYPE = 'application/json';

const problems = { content: { 'application/problem+json': { schema: Shapes.Problem } } };

/** The description of a route that reads. */
export function get<Path extends string, Answer extends z.ZodType>(
  path: Path,
  summary: string,
  answer: Answer,
) {
  return createRoute({
    method: 'get',
    path,
    summary,
    operationId: operationOf(path),
    responses: {
      200: { description: 'Done.', content: { [JSON_TYPE]: { schema: answer } } },
      403: { description: 'Another host or origin.', ...problems },
      503: { description: 'The GPU was lost; start the server anew.', ...problems },
    },
  });
}

/** The description of a route that works, with all that it may refuse. */
export function post<Path extends string, Body extends z.ZodType, Answer extends z.ZodType>(
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
    request: { body: { required: true, content: { [JSON_TYPE]: { schema: body } } } },
    responses: {
      200: { description: 'Done.', content: { [JSON_TYPE]: { schema: answer } } },
      400: { description: 'No such request: a field is missing, unknown or of another kind.', ...problems },
      401: { description: 'The token is missing or wrong.', ...problems },
      403: { description: 'Outside the folders, a URL, or another host or origin.', ...problems },
      404: { description: 'No such folder or image.', ...problems },
      408: { description: 'The body did not come in time.', ...problems },
      413: { description: 'More than the server takes at a time.', ...problems },
      415: { description: 'Another Content-Type.', ...problems },
      422: {
        description: 'An image that cannot be read, or vectors that have no such measure.',
        ...problems,
      },
      503: {
        description:
          'The queue or the GPU’s memory is full (Retry-After says when to come back), the server ends, or the GPU was lost.',
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
