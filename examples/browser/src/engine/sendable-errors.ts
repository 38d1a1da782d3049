import { AbortedError, DeviceLostError, NoAdapterError } from 'biomedclip-webgpu';
import type { Failure } from './errors.ts';

/** The same object, but what its methods throw says in `name` which kind of failure it is. */
export function withSendableErrors<T extends object>(target: T): T {
  return new Proxy(target, {
    get: (of, key) => {
      const value: unknown = Reflect.get(of, key);
      if (typeof value !== 'function') return value;
      return async (...given: unknown[]) => {
        try {
          return await value.apply(of, given);
        } catch (error) {
          throw sendable(error);
        }
      };
    },
  });
}

/** Classes do not survive the way to the page, nor do the names of classes survive minification. */
function sendable(error: unknown): Error {
  const sent = new Error(error instanceof Error ? error.message : String(error));
  sent.name = kindOf(error);
  return sent;
}

function kindOf(error: unknown): Failure['kind'] {
  if (error instanceof AbortedError || (error instanceof Error && error.name === 'AbortError'))
    return 'cancelled';
  if (error instanceof NoAdapterError) return 'no-gpu';
  if (error instanceof DeviceLostError) return 'lost';
  return 'other';
}
