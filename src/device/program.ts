import type { Recorder } from './commands.ts';
import { BufferUsage, MAP_MODE_READ } from './flags.ts';
import type { Gpu } from './gpu.ts';
import type { MemoryPlan } from './memory-plan.ts';
import { ReadBacks } from './read-backs.ts';
import { ProgramRecorder, type RecordedStep } from './recorder.ts';
import { byteLength, type Tensor, type TypedArray } from './tensor.ts';

/** The inputs and outputs of a recording, by name. */
export interface Recording {
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly outputs: Readonly<Record<string, Tensor>>;
}

export type Outputs<R extends Recording> = { [K in keyof R['outputs']]: Float32Array<ArrayBuffer> };

/** One dispatch, ready to be encoded. */
export interface BoundStep {
  /** The kernel's name and the dispatch's `detail`. */
  readonly label: string;
  readonly kernel: string;
  readonly values: Readonly<Record<string, number>>;
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
  readonly groups: readonly [number, number, number];
}

/** Encodes passes and copies before the program's, in the same submit; they may write its inputs. */
export type Prologue = (encoder: GPUCommandEncoder) => void;

/** Runs of a program that batches keep in the queue: the GPU has the next one when it is done with the first. */
export const IN_FLIGHT = 2;

export interface RecordOptions {
  /** Runs that may be in the queue at once; further ones wait. Default 1. */
  readonly inFlight?: number;
  /** What to do when the GPU has not enough memory. */
  readonly advice?: string;
}

/**
 * A recorded pass for one batch shape: pipelines, bind groups, parameters and buffers, all made once. Running it writes
 * the inputs, submits one command buffer and reads the outputs back; it allocates nothing. With `inFlight` 2 the next
 * run is submitted before the outputs of this one are back: the queue keeps the order, so scratch and inputs are
 * shared, and only the read-back buffer exists twice.
 */
export class Program<R extends Recording> {
  /** GPU bytes that this program holds. */
  readonly bytes: number;
  /** Tensors that others made, such as weights. */
  readonly #given: readonly Tensor[];
  #underWay = 0;
  #retired = false;
  #destroyed = false;

  private constructor(
    readonly gpu: Gpu,
    readonly label: string,
    readonly recording: R,
    readonly steps: readonly BoundStep[],
    private readonly buffers: readonly GPUBuffer[],
    private readonly readBacks: ReadBacks,
    given: readonly Tensor[],
  ) {
    this.#given = given;
    this.bytes = buffers.reduce((sum, buffer) => sum + buffer.size, 0);
  }

  /** @throws {ShaderError} @throws {DeviceLimitError} @throws {GpuOutOfMemoryError} */
  static async record<R extends Recording>(
    gpu: Gpu,
    label: string,
    build: (cmd: Recorder) => R,
    { inFlight = 1, advice }: RecordOptions = {},
  ): Promise<Program<R>> {
    gpu.check();
    const recorder = new ProgramRecorder(gpu);
    const recording = build(recorder);
    const pipelines = await Promise.all(recorder.steps.map((step) => step.compiled.pipeline));
    const given = givenTensors(recorder.steps, recording);
    await gpu.expectSound(given);
    const buffers: GPUBuffer[] = [];
    try {
      const make = () => {
        allocateSlots(gpu, label, recorder.plan, buffers);
        const params = writeParams(gpu, recorder.steps);
        buffers.push(params.buffer);
        const steps = recorder.steps.map((step, i) =>
          bindStep(gpu, step, pipelines[i] as GPUComputePipeline, { ...params, index: i }),
        );
        const outputBytes = Object.values(recording.outputs).reduce((sum, t) => sum + byteLength(t), 0);
        const readBacks = new ReadBacks(gpu, label, outputBytes, inFlight);
        buffers.push(...readBacks.buffers);
        return new Program(gpu, label, recording, steps, buffers, readBacks, given);
      };
      return await gpu.guard(label, make, advice);
    } catch (error) {
      for (const buffer of buffers) gpu.destroyBuffer(buffer);
      throw error;
    }
  }

  /** Without outputs there is no read-back to wait for: mapping an unused buffer does not wait for the GPU. */
  get #hasOutputs(): boolean {
    return Object.keys(this.recording.outputs).length > 0;
  }

  /**
   * Runs once and resolves with the outputs. Submitted before this returns, unless `inFlight` runs are in the queue.
   * Inputs that are left out keep their contents, such as those written on the GPU.
   */
  async run(
    inputs: Partial<Record<keyof R['inputs'], TypedArray>> = {},
    prologue?: Prologue,
  ): Promise<Outputs<R>> {
    this.#underWay += 1;
    const free = this.readBacks.take();
    const readBack = free instanceof Promise ? await free : free;
    try {
      await this.guard(() => {
        this.#write(inputs);
        this.#submit(readBack, prologue);
        return this.#hasOutputs
          ? readBack.mapAsync(MAP_MODE_READ)
          : this.gpu.device.queue.onSubmittedWorkDone();
      });
      if (!this.#hasOutputs) return {} as Outputs<R>;
      this.gpu.counters.readBacks += 1;
      return await this.gpu.orGone(this.label, this.#copyOut(readBack));
    } finally {
      readBack.unmap(); // after a failure too: a mapped buffer cannot be used by the next run
      this.readBacks.give(readBack);
      this.#underWay -= 1;
      if (this.#retired) this.retire();
    }
  }

  /** As `Gpu.guard`, and throws what went wrong with the tensors that the steps read. */
  async guard<T>(step: () => Promise<T>): Promise<T> {
    const pending = this.gpu.guard(this.label, step);
    pending.catch(() => {}); // awaited below, unless the tensors have the better error
    await this.gpu.expectSound(this.#given);
    await this.gpu.expectSound(Object.values(this.recording.inputs));
    return pending;
  }

  /** Frees its memory, now or when the runs in the queue are done. */
  retire(): void {
    this.#retired = true;
    if (this.#underWay === 0) this.destroy();
  }

  /** Frees its memory now; runs in the queue fail. */
  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    for (const buffer of this.buffers) this.gpu.destroyBuffer(buffer);
  }

  #write(inputs: Partial<Record<keyof R['inputs'], TypedArray>>): void {
    for (const [name, data] of Object.entries(inputs)) {
      const tensor = this.recording.inputs[name];
      if (tensor && data) this.gpu.write(tensor, data);
    }
  }

  #submit(readBack: GPUBuffer, prologue?: Prologue): void {
    const { gpu } = this;
    const encoder = gpu.device.createCommandEncoder({ label: this.label });
    prologue?.(encoder);
    const pass = encoder.beginComputePass({ label: this.label });
    for (const step of this.steps) encodeStep(pass, step);
    pass.end();
    this.#encodeReadBack(encoder, readBack);
    gpu.device.queue.submit([encoder.finish()]);
    gpu.counters.dispatches += this.steps.length;
    gpu.counters.submits += 1;
  }

  #encodeReadBack(encoder: GPUCommandEncoder, readBack: GPUBuffer): void {
    let offset = 0;
    for (const tensor of Object.values(this.recording.outputs)) {
      const { buffer } = tensor.storage;
      if (!buffer) throw new TypeError(`${this.label}: an output has no memory`);
      encoder.copyBufferToBuffer(buffer, 0, readBack, offset, byteLength(tensor));
      offset += byteLength(tensor);
    }
  }

  /** Rejects where the device was lost meanwhile. */
  async #copyOut(readBack: GPUBuffer): Promise<Outputs<R>> {
    const mapped = readBack.getMappedRange();
    const outputs: Record<string, Float32Array<ArrayBuffer>> = {};
    let offset = 0;
    for (const [name, tensor] of Object.entries(this.recording.outputs)) {
      outputs[name] = new Float32Array(mapped.slice(offset, offset + byteLength(tensor)));
      offset += byteLength(tensor);
    }
    return outputs as Outputs<R>;
  }
}

export function encodeStep(pass: GPUComputePassEncoder, { pipeline, bindGroup, groups }: BoundStep): void {
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, bindGroup);
  pass.dispatchWorkgroups(...groups);
}

/** Those that have memory before the program's are laid out. */
function givenTensors(steps: readonly RecordedStep[], { outputs }: Recording): Tensor[] {
  const all = [...steps.flatMap(({ tensors }) => tensors), ...Object.values(outputs)];
  const byBuffer = new Map(all.map((tensor) => [tensor.storage.buffer, tensor]));
  return [...byBuffer].flatMap(([buffer, tensor]) => (buffer ? [tensor] : []));
}

function allocateSlots(gpu: Gpu, label: string, plan: MemoryPlan, buffers: GPUBuffer[]): void {
  for (const [i, { bytes, storage }] of plan.slots.entries()) {
    gpu.expectBindable(label, bytes);
    const usage = BufferUsage.STORAGE | BufferUsage.COPY_DST | BufferUsage.COPY_SRC;
    storage.buffer = gpu.createBuffer(`${label}: slot ${i}`, bytes, usage);
    buffers.push(storage.buffer);
  }
}

/** All parameter structs in one uniform buffer, each at an aligned offset. */
function writeParams(gpu: Gpu, steps: readonly RecordedStep[]): { buffer: GPUBuffer; stride: number } {
  const stride = gpu.device.limits.minUniformBufferOffsetAlignment;
  const bytes = new Uint8Array(Math.max(steps.length, 1) * stride);
  for (const [i, { params }] of steps.entries()) bytes.set(new Uint8Array(params), i * stride);
  const buffer = gpu.createBuffer('params', bytes.byteLength, BufferUsage.UNIFORM | BufferUsage.COPY_DST);
  gpu.device.queue.writeBuffer(buffer, 0, bytes);
  return { buffer, stride };
}

function bindStep(
  gpu: Gpu,
  { label, kernel, values, compiled, tensors, groups }: RecordedStep,
  pipeline: GPUComputePipeline,
  params: { buffer: GPUBuffer; stride: number; index: number },
): BoundStep {
  const storages = tensors.map((tensor): GPUBindingResource => {
    if (!tensor.storage.buffer) throw new TypeError(`${kernel.name}: a tensor was freed before it was used`);
    return { buffer: tensor.storage.buffer, size: Math.max(byteLength(tensor), 4) };
  });
  const uniform = { buffer: params.buffer, offset: params.index * params.stride, size: params.stride };
  const bindGroup = gpu.device.createBindGroup({
    label: kernel.name,
    layout: compiled.layout,
    entries: [uniform, ...storages].map((resource, binding) => ({ binding, resource })),
  });
  return { label, kernel: kernel.name, values, pipeline, bindGroup, groups };
}
