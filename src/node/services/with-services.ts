import type { BiomedClip } from '../../api.ts';
import type { BiomedClipModel } from '../../model/biomedclip.ts';
import { DefaultGpu } from '../../platform/default-gpu.ts';
import type { ImageOptions } from '../cli/image-options.ts';
import { Output, type Session } from '../cli/session.ts';
import { type ClosingOption, type ModelOptions, namedClosing, withModel } from '../cli/with-model.ts';
import { openWebGpu } from '../vulkan.ts';
import { NamedFolders } from './named-folders.ts';
import { Services } from './services.ts';

/** Options of `mcp` and `serve`. */
export interface ServiceOptions extends ModelOptions, ClosingOption, Pick<ImageOptions, 'window'> {
  /** `name=path` each. */
  readonly folder?: readonly string[];
  readonly recursive?: boolean;
  /** In millions. */
  readonly maxPixels: number;
}

/**
 * Loads the model, and runs `use` from the start, so that a client need not wait for it to say hello. Frees all when `use`
 * is done.
 * @param use ends when `stop` fires: at Ctrl-C, or because the model cannot be loaded
 */
export async function withServices(
  options: ServiceOptions,
  session: Session,
  use: (services: Services, output: Output, stop: AbortSignal) => Promise<void>,
): Promise<void> {
  const folders = await NamedFolders.open(options.folder ?? [], options.recursive);
  const closing = await namedClosing(options, session);
  const output = new Output(session.io, options);
  const gpu = new DefaultGpu({ gpu: ({ toggles }) => openWebGpu(options.adapter, toggles) });
  const loading = promiseOf<BiomedClipModel>();
  const failed = new AbortController();
  const services = new Services({
    model: loading.promise,
    folders,
    gpu: () => gpu.get(),
    maxPixels: options.maxPixels * 1e6,
    window: options.window,
    warn: ({ message }) => output.warn(message),
  });
  const using = use(services, output, AbortSignal.any([session.signal, failed.signal]));
  const run = async (model: BiomedClip) => {
    loading.resolve(model as BiomedClipModel); // whatever the library loads is one
    await using.finally(() => services.idle());
  };
  try {
    await withModel(options, session, run, closing);
  } catch (error) {
    loading.reject(error);
    failed.abort(error);
    await using.catch(() => {}); // it is this error, or follows from it
    throw error;
  } finally {
    await gpu.release();
  }
}

/** A promise, and what settles it. That it may be rejected before anyone waits is no crash. */
function promiseOf<T>() {
  let settle: { resolve: (value: T) => void; reject: (error: unknown) => void } | undefined;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  promise.catch(() => {});
  return {
    promise,
    resolve: (value: T) => settle?.resolve(value),
    reject: (error: unknown) => settle?.reject(error),
  };
}
