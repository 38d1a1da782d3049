import { BiomedClipError, DestroyedError } from '../errors.ts';
import type { DeviceInfo } from './adapter.ts';
import type { Recorder } from './commands.ts';
import {
  DeviceLimitError,
  DeviceLostError,
  GpuInternalError,
  GpuOutOfMemoryError,
  GpuValidationError,
} from './errors.ts';
import { BufferUsage } from './flags.ts';
import { napUntil } from './nap.ts';
import { PipelineCache } from './pipelines.ts';
import { type Outputs, Program, type Recording, type RecordOptions } from './program.ts';
import { ProgramRecorder } from './recorder.ts';
import { BYTES_PER_ELEMENT, type ElementType, makeTensor, type Tensor, type TypedArray } from './tensor.ts';
import { Unsure } from './unsure.ts';

/** What the device did so far. In the steady state `buffersCreated` does not grow. */
export interface GpuCounters {
  buffersCreated: number;
  buffersAlive: number;
  bytesAlive: number;
  dispatches: number;
  submits: number;
  readBacks: number;
}

/** The limits on a buffer's size and on the part that a kernel can bind. */
export type MemoryLimits = Pick<GPUSupportedLimits, 'maxBufferSize' | 'maxStorageBufferBindingSize'>;

/** Advice that fits any call; callers with an option to change pass their own. */
const LESS_AT_ONCE = 'give it less at once, or use an adapter with more memory';

/** `device.lost` may resolve this long after the failures that the loss caused. */
const LOSS_NOTICE_MS = 100;

/** One WebGPU device: its memory, pipelines and errors. All other code uses the GPU through it. */
export class Gpu implements AsyncDisposable {
  readonly counters: GpuCounters = {
    buffersCreated: 0,
    buffersAlive: 0,
    bytesAlive: 0,
    dispatches: 0,
    submits: 0,
    readBacks: 0,
  };
  readonly pipelines: PipelineCache;
  /** `[1]`, a zero: bound for an optional buffer that is left out, such as the bias of a layer without one. */
  readonly nothing: Tensor;
  readonly #buffers = new Set<GPUBuffer>();
  readonly #unsure = new Unsure();
  /** Error scopes that are open now. */
  #depth = 0;
  /** Errors of scopes within the one that is open. */
  #within: Promise<BiomedClipError | undefined>[] = [];
  #lost: DeviceLostError | undefined;
  #destroyed = false;

  /**
   * @param ownsDevice whether `destroy` also destroys the device, or only the buffers made here
   * @param limits the device's own, or lower ones
   */
  constructor(
    readonly device: GPUDevice,
    readonly info: DeviceInfo,
    private readonly ownsDevice = true,
    readonly limits: MemoryLimits = device.limits,
  ) {
    this.pipelines = new PipelineCache(this);
    void device.lost.then(({ reason, message }) => {
      if (!this.#destroyed) this.#lost = new DeviceLostError(reason, message);
    });
    this.nothing = this.upload(new Float32Array(1), [1], 'nothing'); // Dawn can be told not to clear memory
  }

  /** As the constructor, and sure that the device works; else it is destroyed, unless it is the caller's. */
  static async open(device: GPUDevice, info: DeviceInfo, ownsDevice = true): Promise<Gpu> {
    let gpu: Gpu | undefined;
    try {
      gpu = new Gpu(device, info, ownsDevice);
      await gpu.expectSound([gpu.nothing]);
      return gpu;
    } catch (error) {
      gpu?.destroy();
      if (ownsDevice) device.destroy();
      throw error;
    }
  }

  /** @throws {DeviceLostError} @throws {DestroyedError} */
  check(): void {
    if (this.#lost) throw this.#lost;
    if (this.#destroyed) throw new DestroyedError('the GPU device');
  }

  /**
   * Outside `guard` an error of it is told by whatever binds the buffer.
   * @throws {DeviceLimitError} instead of WebGPU's validation error
   * @throws {GpuOutOfMemoryError} where a mapped one has no memory on the host
   */
  createBuffer(label: string, size: number, usage: number, mappedAtCreation = false): GPUBuffer {
    this.check();
    const { maxBufferSize } = this.limits;
    const whole = Math.max(4, Math.ceil(size / 4) * 4);
    if (whole > maxBufferSize) {
      throw new DeviceLimitError(`${label} (bytes)`, size, maxBufferSize, LESS_AT_ONCE);
    }
    const { value: buffer, trouble } = this.#watched(label, () =>
      createBuffer(this.device, { label, size: whole, usage, mappedAtCreation }),
    );
    this.#unsure.add(buffer, trouble);
    this.#buffers.add(buffer);
    this.counters.buffersCreated += 1;
    this.counters.buffersAlive += 1;
    this.counters.bytesAlive += buffer.size;
    return buffer;
  }

  /** As `createBuffer`, of one that is kept for later: without memory for it, it is destroyed and `forget` called. */
  createKept(label: string, size: number, usage: number, forget: (buffer: GPUBuffer) => void): GPUBuffer {
    const { value: buffer, trouble } = this.#inScopes(label, () => this.createBuffer(label, size, usage));
    void trouble.then((error) => {
      if (!error) return;
      this.destroyBuffer(buffer);
      forget(buffer);
    });
    return buffer;
  }

  /** Idempotent. */
  destroyBuffer(buffer: GPUBuffer): void {
    if (!this.#buffers.delete(buffer)) return;
    this.#unsure.forget(buffer);
    this.counters.buffersAlive -= 1;
    this.counters.bytesAlive -= buffer.size;
    buffer.destroy();
  }

  /**
   * A buffer that has its memory: where the GPU has none left, nothing is kept.
   * @throws {GpuOutOfMemoryError} @throws {DeviceLimitError}
   */
  async allocateBuffer(
    label: string,
    size: number,
    usage: number,
    mappedAtCreation = false,
  ): Promise<GPUBuffer> {
    let buffer: GPUBuffer | undefined;
    try {
      return await this.guard(label, () => {
        buffer = this.createBuffer(label, size, usage, mappedAtCreation);
        return buffer;
      });
    } catch (error) {
      if (buffer) this.destroyBuffer(buffer);
      throw error;
    }
  }

  /**
   * As `empty`, of a tensor that has its memory; where the GPU has none left, nothing is kept.
   * @param options what to do when out of memory, and what the tensor holds
   * @throws {GpuOutOfMemoryError} @throws {DeviceLimitError}
   */
  async allocate(
    shape: readonly number[],
    type: ElementType,
    label: string,
    { advice, data }: { readonly advice?: string; readonly data?: TypedArray } = {},
  ): Promise<Tensor> {
    let tensor: Tensor | undefined;
    try {
      return await this.guard(
        label,
        () => {
          tensor = this.empty(shape, type, label);
          if (data) this.write(tensor, data);
          return tensor;
        },
        advice,
      );
    } catch (error) {
      if (tensor) this.free(tensor);
      throw error;
    }
  }

  /** A tensor with its own memory, until `free`. @throws {DeviceLimitError} over the storage binding limit */
  empty(shape: readonly number[], type: ElementType = 'f32', label = 'tensor'): Tensor {
    const tensor = makeTensor(shape, type, { buffer: undefined });
    const bytes = tensor.size * BYTES_PER_ELEMENT;
    this.expectBindable(label, bytes);
    tensor.storage.buffer = this.createBuffer(
      label,
      bytes,
      BufferUsage.STORAGE | BufferUsage.COPY_DST | BufferUsage.COPY_SRC,
    );
    return tensor;
  }

  /** @throws {DeviceLimitError} if a kernel could not bind so many bytes */
  expectBindable(label: string, bytes: number): void {
    const limit = this.limits.maxStorageBufferBindingSize;
    if (bytes > limit) throw new DeviceLimitError(`${label} (bytes)`, bytes, limit, LESS_AT_ONCE);
  }

  /** A tensor holding `data`. */
  upload(data: TypedArray, shape: readonly number[] = [data.length], label = 'tensor'): Tensor {
    const tensor = this.empty(shape, data instanceof Float32Array ? 'f32' : 'u32', label);
    this.write(tensor, data);
    return tensor;
  }

  /** Outside `guard` an error of it is told by whatever binds the tensor. */
  write(tensor: Tensor, data: TypedArray, elementOffset = 0): void {
    const { buffer } = tensor.storage;
    if (!buffer) throw new TypeError('cannot write to a tensor that has no memory yet');
    if (elementOffset + data.length > tensor.size) {
      throw new RangeError(`${data.length} values do not fit in a tensor of ${tensor.size}`);
    }
    const { queue } = this.device;
    const { trouble } = this.#watched(buffer.label, () =>
      queue.writeBuffer(buffer, elementOffset * 4, data.buffer, data.byteOffset, data.byteLength),
    );
    this.#unsure.add(buffer, trouble);
  }

  free(tensor: Tensor): void {
    if (!tensor.storage.buffer) return;
    this.destroyBuffer(tensor.storage.buffer);
    tensor.storage.buffer = undefined;
  }

  /** Records `build` as a program that can be run many times without allocating. */
  record<R extends Recording>(
    label: string,
    build: (cmd: Recorder) => R,
    options?: RecordOptions,
  ): Promise<Program<R>> {
    return Program.record(this, label, build, options);
  }

  /**
   * Compiles the kernels that `build` records; its tensors get no memory.
   * @throws {ShaderError} @throws {GpuValidationError} @throws {GpuInternalError}
   */
  async compile(build: (cmd: Recorder) => unknown): Promise<void> {
    const recorder = new ProgramRecorder(this);
    build(recorder);
    await Promise.all(recorder.steps.map(({ compiled }) => compiled.pipeline));
  }

  /** Records, runs once, reads the outputs back and frees everything. */
  async compute<R extends Recording>(
    label: string,
    build: (cmd: Recorder) => R,
    inputs: Partial<Record<keyof R['inputs'], TypedArray>> = {},
  ): Promise<Outputs<R>> {
    const program = await this.record(label, build);
    try {
      return await program.run(inputs);
    } finally {
      program.destroy();
    }
  }

  /**
   * Runs `step` and turns what WebGPU reports about it into this library's errors.
   * @param advice what to do when out of memory
   */
  async guard<T>(label: string, step: () => T | Promise<T>, advice = LESS_AT_ONCE): Promise<T> {
    this.check();
    const { value: pending, trouble } = this.#inScopes(label, () => started(step), advice);
    pending.catch(() => {}); // awaited below, unless an error scope has the better error
    const error = await this.finished(trouble);
    if (error) throw error;
    return this.orGone(label, this.finished(pending));
  }

  /** Throws what WebGPU said outside `guard` of creating or writing these tensors. */
  async expectSound(tensors: Iterable<Tensor>): Promise<void> {
    for (const { storage } of tensors) {
      const trouble = storage.buffer && this.#unsure.of(storage.buffer);
      const error = trouble && (await this.finished(trouble));
      if (error) throw error;
    }
  }

  /** What needs no scopes of its own within `guard`. */
  #watched<T>(label: string, step: () => T): { value: T; trouble?: Promise<BiomedClipError | undefined> } {
    return this.#depth > 0 ? { value: step() } : this.#inScopes(label, step);
  }

  #inScopes<T>(
    label: string,
    step: () => T,
    advice = LESS_AT_ONCE,
  ): { value: T; trouble: Promise<BiomedClipError | undefined> } {
    const { device } = this;
    device.pushErrorScope('internal');
    device.pushErrorScope('out-of-memory');
    device.pushErrorScope('validation');
    const outer = this.#within;
    const within: typeof outer = [];
    this.#within = within;
    this.#depth += 1;
    let scopes: Promise<(GPUError | null)[]>;
    let value: T;
    try {
      value = step();
    } finally {
      this.#depth -= 1;
      this.#within = outer;
      // Popped before the first await, since the stack of scopes is shared by the whole device.
      scopes = Promise.all([device.popErrorScope(), device.popErrorScope(), device.popErrorScope()]);
      scopes.catch(() => {}); // of a device that is lost, which others say
    }
    const own = scopes.then(
      ([validation, memory, internal]) => {
        if (memory) return new GpuOutOfMemoryError(label, memory.message, advice);
        if (validation) return new GpuValidationError(label, validation.message);
        return internal ? new GpuInternalError(label, internal.message) : undefined;
      },
      () => undefined,
    );
    const trouble = Promise.all([...within, own]).then((errors) => errors.find((error) => error));
    if (this.#depth > 0) outer.push(trouble);
    return { value, trouble };
  }

  /** Awaits GPU work; every wait for the GPU must go through it, for `napUntil` on software adapters. */
  finished<T>(pending: Promise<T>): Promise<T> {
    return this.info.software ? napUntil(pending) : pending;
  }

  /**
   * Awaits `pending`. If it fails because the device was lost or destroyed, throws that error instead.
   * @throws {GpuInternalError} where WebGPU refuses without such a reason
   */
  async orGone<T>(label: string, pending: Promise<T>): Promise<T> {
    try {
      return await pending;
    } catch (error) {
      if (error instanceof BiomedClipError) throw error;
      await Promise.race([this.device.lost, new Promise((resolve) => setTimeout(resolve, LOSS_NOTICE_MS))]);
      this.check();
      throw isRefusal(error) ? new GpuInternalError(label, error.message, { cause: error }) : error;
    }
  }

  /** Frees every buffer, and destroys the device unless it is the caller's. Idempotent. */
  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    for (const buffer of this.#buffers) this.destroyBuffer(buffer);
    if (this.ownsDevice) this.device.destroy();
  }

  /** Destroys, and waits until the device has no pending operations. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.destroy();
    const { lost, queue } = this.device;
    await (this.ownsDevice ? lost : queue.onSubmittedWorkDone().catch(() => {})); // a caller's device may be lost
    await new Promise((resolve) => setTimeout(resolve)); // lets promises that waited for the device settle
  }
}

/** What it throws at once is a rejection too. */
async function started<T>(step: () => T | Promise<T>): Promise<T> {
  return step();
}

/** How WebGPU rejects the promises of maps and of waits for the queue. */
function isRefusal(error: unknown): error is Error {
  return error instanceof Error && ['OperationError', 'AbortError'].includes(error.name);
}

/** A buffer that is mapped at its creation needs memory of the host, without which WebGPU throws a RangeError. */
function createBuffer(
  device: GPUDevice,
  descriptor: GPUBufferDescriptor & { readonly label: string },
): GPUBuffer {
  try {
    return device.createBuffer(descriptor);
  } catch (error) {
    if (error instanceof RangeError)
      throw new GpuOutOfMemoryError(descriptor.label, error.message, LESS_AT_ONCE);
    throw error;
  }
}
