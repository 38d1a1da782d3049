import { requestGpu } from '../device/adapter.ts';
import type { Gpu } from '../device/gpu.ts';
import type { Platform } from './platform.ts';

/** The device shared by functions without a model. Opened at first use and again after it was lost or released. */
export class DefaultGpu {
  #gpu: Promise<Gpu> | undefined;

  constructor(private readonly platform: Pick<Platform, 'gpu'>) {}

  /** @throws {NoAdapterError} */
  async get(): Promise<Gpu> {
    this.#gpu ??= this.#open();
    const pending = this.#gpu;
    const gpu = await pending.catch((error: unknown) => {
      this.#forget(pending);
      throw error;
    });
    if (isUsable(gpu)) return gpu;
    gpu.destroy(); // a lost device's objects too
    this.#forget(pending);
    return this.get();
  }

  /** Frees the device. Work that still runs on it ends in a `DestroyedError`. */
  async release(): Promise<void> {
    const gpu = await this.#gpu?.catch(() => undefined);
    this.#gpu = undefined;
    gpu?.destroy();
  }

  /** Does nothing if another call has done so. */
  #forget(pending: Promise<Gpu>): void {
    if (this.#gpu === pending) this.#gpu = undefined;
  }

  async #open(): Promise<Gpu> {
    return requestGpu(await this.platform.gpu({ toggles: [] }));
  }
}

function isUsable(gpu: Gpu): boolean {
  try {
    gpu.check();
    return true;
  } catch {
    return false;
  }
}
