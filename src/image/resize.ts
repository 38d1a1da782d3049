import source from '../../shaders/resize.wgsl';
import { BufferUsage } from '../device/flags.ts';
import type { Gpu } from '../device/gpu.ts';
import { defineKernel, packParams } from '../device/kernel.ts';
import type { Prologue } from '../device/program.ts';
import { workgroupSize } from '../device/software.ts';
import { StagingRing } from '../device/staging-ring.ts';
import type { Tensor } from '../device/tensor.ts';
import { DestroyedError, ShapeError } from '../errors.ts';
import type { DecodedImage } from './decoded-image.ts';
import { GrowingBuffers } from './growing-buffers.ts';
import { ResamplePlans, type ResizeRule } from './resample-plan.ts';
import { type ResizeBatch, type ResizeStep, resizeBatches } from './resize-batches.ts';
import { copyStrip } from './strips.ts';

const signature = {
  name: 'resize',
  source,
  params: {
    width: 'u32',
    rows: 'u32',
    firstRow: 'u32',
    size: 'u32',
    taps: 'u32',
    multiplyAlpha: 'u32',
    cmyk: 'u32',
    left: 'u32',
    right: 'u32',
    fill: 'u32',
  },
  bind: { input: 'read', bounds: 'read', coefficients: 'read', output: 'write' },
} as const;
const kernels = {
  columns: defineKernel({ ...signature, entryPoint: 'columns' }),
  rows: defineKernel({ ...signature, entryPoint: 'rows' }),
};

const PARAM_BYTES = 4 * Object.keys(signature.params).length;

/** 16 MiB a strip, far below the binding limit. */
const STRIP_PIXELS = 4 << 20;
/** 64 MiB, or ten images of 1.5 megapixels. Further strips are uploaded in a submit of their own. */
const UPLOAD_BYTES = 64 << 20;

export interface ResizerLimits {
  /** The most pixels of a strip; larger images are cut into several. */
  readonly stripPixels?: number;
  /** The most bytes of an upload. */
  readonly uploadBytes?: number;
}

/**
 * open_clip's resize and crop or padding, equal to Pillow's to the bit. Images have any size, so this cannot be part of a
 * recorded program: it is a prologue in the same submit, with buffers as large as the largest batch so far.
 */
export class ImageResizer implements Disposable {
  readonly #buffers: GrowingBuffers;
  readonly #limits: Required<ResizerLimits>;
  readonly #plans: ResamplePlans;
  readonly #staging: StagingRing;
  #destroyed = false;

  constructor(
    private readonly gpu: Gpu,
    private readonly rule: ResizeRule = {},
    { stripPixels = STRIP_PIXELS, uploadBytes = UPLOAD_BYTES }: ResizerLimits = {},
  ) {
    this.#plans = new ResamplePlans(rule);
    this.#buffers = new GrowingBuffers(gpu, 'resize');
    this.#staging = new StagingRing(gpu, 'resize');
    this.#limits = { stripPixels, uploadBytes };
  }

  /** Compiles both passes ahead of their use. */
  static async compile(gpu: Gpu): Promise<void> {
    await Promise.all([compiled(gpu, 'columns').pipeline, compiled(gpu, 'rows').pipeline]);
  }

  /**
   * Returns a function that encodes the resizing of images into `pixels[first]` and on, a u32 tensor `[B, S, S]`: one
   * pixel an element, R in the lowest byte, then G and B. Call that function once, since it reads the images then, and
   * submit what it encodes before asking for the next.
   * @throws {ShapeError} unless pixels is a u32 tensor `[B, S, S]` with room for all images
   */
  async prologue(images: readonly DecodedImage[], pixels: Tensor, first = 0): Promise<Prologue> {
    const size = expectSlots(pixels, first, images.length);
    const pipelines = {
      columns: await compiled(this.gpu, 'columns').pipeline,
      rows: await compiled(this.gpu, 'rows').pipeline,
    };
    if (this.#destroyed) throw new DestroyedError('the ImageResizer');
    const batches = resizeBatches(images, size, first, this.#plans, {
      ...this.#limits,
      ...this.#layout(),
    });
    const staged = await this.#stage(batches);
    return (encoder) => {
      const left = [...staged];
      try {
        const output = pixels.storage.buffer;
        if (!output) throw new TypeError('resize: pixels has no memory yet');
        const [upload, narrow] = this.#reserve(batches, size);
        for (let next = left[0]; next; next = left[0]) {
          const { batch, staging } = next;
          fillBatch(batch, new Uint8Array(staging.getMappedRange(0, batch.bytes)), size, this.rule);
          staging.unmap();
          const record = (to: GPUCommandEncoder) => {
            to.copyBufferToBuffer(staging, 0, upload, 0, batch.bytes);
            const pass = to.beginComputePass({ label: 'resize' });
            for (const step of batch.steps)
              this.#encode(pass, step, pipelines, { upload, narrow, output, size });
            pass.end();
          };
          if (left.length > 1) this.#submit(record);
          else record(encoder);
          left.shift();
          this.#staging.give(staging);
        }
      } catch (error) {
        for (const { staging } of left) this.#staging.abandon(staging);
        throw error;
      }
    };
  }

  /** Writes one image into `pixels[index]`, in a submit of its own. */
  async resize(image: DecodedImage, pixels: Tensor, index: number): Promise<void> {
    const prologue = await this.prologue([image], pixels, index);
    await this.gpu.guard('resize', () => this.#submit(prologue));
  }

  destroy(): void {
    this.#destroyed = true;
    this.#staging.destroy();
    this.#buffers.destroy();
  }

  [Symbol.dispose](): void {
    this.destroy();
  }

  /** Alignment of parts in the upload buffer, which is bound as storage and as uniform. */
  #layout() {
    const { minStorageBufferOffsetAlignment, minUniformBufferOffsetAlignment } = this.gpu.device.limits;
    const alignment = Math.max(minStorageBufferOffsetAlignment, minUniformBufferOffsetAlignment);
    return { alignment, paramBytes: PARAM_BYTES };
  }

  /** The upload buffer, and the intermediate image `[rows.count, size]` between the two kernels. */
  #reserve(batches: readonly ResizeBatch[], size: number): [upload: GPUBuffer, narrow: GPUBuffer] {
    const tallest = Math.max(1, ...batches.flatMap(({ steps }) => steps.map(({ plan }) => plan.rows.count)));
    const largest = Math.max(...batches.map(({ bytes }) => bytes));
    const usage = BufferUsage.STORAGE | BufferUsage.UNIFORM;
    return [this.#buffers.get('upload', largest, usage), this.#buffers.get('narrow', tallest * size * 4)];
  }

  #encode(
    pass: GPUComputePassEncoder,
    step: ResizeStep,
    pipelines: Readonly<Record<keyof typeof kernels, GPUComputePipeline>>,
    { upload, narrow, output, size }: Record<'upload' | 'narrow' | 'output', GPUBuffer> & { size: number },
  ): void {
    const { plan, strip, at } = step;
    const { columns, rows } = plan;
    const part = (offset: number, bytes: number) => ({ buffer: upload, offset, size: bytes });
    const dispatch = (entry: keyof typeof kernels, lines: number, resources: GPUBufferBinding[]) => {
      const { layout } = compiled(this.gpu, entry);
      const entries = resources.map((resource, binding) => ({ binding, resource }));
      pass.setPipeline(pipelines[entry]);
      pass.setBindGroup(0, this.gpu.device.createBindGroup({ label: `resize: ${entry}`, layout, entries }));
      pass.dispatchWorkgroups(Math.ceil(size / workgroupOf(this.gpu)), lines);
      this.gpu.counters.dispatches += 1;
    };
    dispatch('columns', strip.rows, [
      part(at.alongX, PARAM_BYTES),
      part(at.pixels, strip.rows * columns.count * 4),
      part(at.columns, columns.bounds.byteLength),
      part(at.columnTable, columns.coefficients.byteLength),
      { buffer: narrow },
    ]);
    if (!step.last) return;
    dispatch('rows', size, [
      part(at.alongY, PARAM_BYTES),
      { buffer: narrow },
      part(at.rows, rows.bounds.byteLength),
      part(at.rowTable, rows.coefficients.byteLength),
      { buffer: output },
    ]);
  }

  async #stage(batches: readonly ResizeBatch[]) {
    const staged: { batch: ResizeBatch; staging: GPUBuffer }[] = [];
    try {
      for (const batch of batches) {
        if (batch.bytes > 0) staged.push({ batch, staging: await this.#staging.take(batch.bytes) });
      }
    } catch (error) {
      for (const { staging } of staged) this.#staging.abandon(staging);
      throw error;
    }
    return staged;
  }

  #submit(record: Prologue): void {
    const { device, counters } = this.gpu;
    const encoder = device.createCommandEncoder({ label: 'resize' });
    record(encoder);
    device.queue.submit([encoder.finish()]);
    counters.submits += 1;
  }
}

/** Writes a batch's parts at their offsets. */
function fillBatch(
  { steps }: ResizeBatch,
  target: Uint8Array<ArrayBuffer>,
  size: number,
  rule: ResizeRule,
): void {
  for (const { image, plan, strip, slot, at } of steps) {
    const { columns, rows } = plan;
    const padding = { left: columns.left, right: columns.right, fill: paddingOf(image.mode, rule) };
    const cmyk = Number(image.mode === 'cmyk');
    const shared = { size, multiplyAlpha: Number(plan.multiplyAlpha), cmyk, ...padding };
    const { firstRow } = strip;
    const alongX = { ...shared, width: columns.count, rows: strip.rows, firstRow, taps: columns.taps };
    const alongY = { ...shared, width: size, rows: size, firstRow: slot * size, taps: rows.taps };
    copyStrip(image, plan, strip, target.subarray(at.pixels));
    target.set(new Uint8Array(columns.bounds.buffer), at.columns);
    target.set(new Uint8Array(columns.coefficients.buffer), at.columnTable);
    target.set(new Uint8Array(rows.bounds.buffer), at.rows);
    target.set(new Uint8Array(rows.coefficients.buffer), at.rowTable);
    target.set(new Uint8Array(packParams(kernels.columns, alongX)), at.alongX);
    target.set(new Uint8Array(packParams(kernels.rows, alongY)), at.alongY);
  }
}

/** What `fill_color` in every channel of an image is as R, G, B bytes, R in the lowest. */
function paddingOf(mode: DecodedImage['mode'], { fillColor = 0 }: ResizeRule): number {
  const white = 255 - fillColor;
  const product = fillColor * white + 128;
  const ink = ((product >> 8) + product) >> 8; // fillColor * white / 255, rounded, as in the shader
  return 0x010101 * (mode === 'cmyk' ? Math.max(0, white - ink) : fillColor);
}

function workgroupOf({ info }: Gpu): number {
  return workgroupSize({ info }, 64);
}

function compiled(gpu: Gpu, entry: keyof typeof kernels) {
  return gpu.pipelines.get(kernels[entry], { constants: { WORKGROUP: workgroupOf(gpu) } });
}

/** @returns S */
function expectSlots(pixels: Tensor, first: number, count: number): number {
  const [images = 0, size = 0, width] = pixels.shape;
  const fits = pixels.shape.length === 3 && size === width && first >= 0 && first + count <= images;
  if (pixels.type !== 'u32' || !fits) {
    throw new ShapeError('resize', 'pixels', `u32 [B, S, S] with B > ${first + count - 1}`, pixels.shape);
  }
  return size;
}
