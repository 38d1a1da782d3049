import source from '../../shaders/resize.wgsl';
import { BufferUsage } from '../device/flags.ts';
import type { Gpu } from '../device/gpu.ts';
import { defineKernel, packParams } from '../device/kernel.ts';
import type { Tensor } from '../device/tensor.ts';
import { DestroyedError, ShapeError } from '../errors.ts';
import type { DecodedImage } from '../image/decoded-image.ts';
import { type AxisPlan, planResample } from '../image/resample-plan.ts';
import { cutStrips } from '../image/strips.ts';
import { GrowingBuffers } from './growing-buffers.ts';

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
  },
  bind: { input: 'read', bounds: 'read', coefficients: 'read', output: 'write' },
} as const;
const kernels = {
  columns: defineKernel({ ...signature, entryPoint: 'columns' }),
  rows: defineKernel({ ...signature, entryPoint: 'rows' }),
};

type PassName = keyof typeof kernels;
type Params = Record<keyof typeof signature.params, number>;

/** 16 MiB: far below the binding limit whatever the image's size, and large enough to keep dispatches few. */
const STRIP_PIXELS = 4 << 20;

/**
 * open_clip's resize and centre crop, to the bit as Pillow's. Images come in any size, so this runs beside the
 * recorded programs, with scratch memory that grows to the largest image so far and is then reused. Large images go
 * up in strips of rows.
 */
export class ImageResizer implements Disposable {
  readonly #scratch: GrowingBuffers;
  #destroyed = false;

  /** @param stripPixels the most pixels uploaded at once */
  constructor(
    private readonly gpu: Gpu,
    private readonly stripPixels = STRIP_PIXELS,
  ) {
    this.#scratch = new GrowingBuffers(gpu, 'resize');
  }

  /**
   * Writes an image into `pixels[index]` of a u32 tensor `[B, S, S]`: one pixel an element, R in the lowest byte,
   * then G and B. The image's data may be changed once the promise is settled.
   * @throws {ShapeError} unless pixels is a u32 tensor `[B, S, S]` with index < B
   */
  async resize(image: DecodedImage, pixels: Tensor, index: number): Promise<void> {
    const size = expectSlot(pixels, index);
    const run = { columns: await this.#pass('columns'), rows: await this.#pass('rows') };
    if (this.#destroyed) throw new DestroyedError('the ImageResizer');
    await this.gpu.guard('resize', () => {
      const plan = planResample(image, size);
      const multiplyAlpha = Number(plan.multiplyAlpha);
      const narrow = this.#scratch.get('narrow', plan.rows.count * size * 4); // [rows.count, size]
      const output = pixels.storage.buffer;
      if (!output) throw new TypeError('resize: pixels has no memory yet');

      const alongX = this.#uploadAxis('columns', plan.columns);
      for (const { firstRow, rows, pixels: strip } of cutStrips(image, plan, this.stripPixels)) {
        const params = { width: plan.columns.count, rows, firstRow, taps: plan.columns.taps };
        const input = this.#scratch.write('strip', strip);
        run.columns([input, ...alongX, narrow], { ...params, size, multiplyAlpha, cmyk: 0 });
      }
      const alongY = this.#uploadAxis('rows', plan.rows);
      const params = { width: size, rows: size, firstRow: index * size, taps: plan.rows.taps };
      const cmyk = Number(image.mode === 'cmyk');
      run.rows([narrow, ...alongY, output], { ...params, size, multiplyAlpha, cmyk });
    });
  }

  destroy(): void {
    this.#destroyed = true;
    this.#scratch.destroy();
  }

  [Symbol.dispose](): void {
    this.destroy();
  }

  #uploadAxis(
    name: string,
    { bounds, coefficients }: AxisPlan,
  ): [bounds: GPUBuffer, coefficients: GPUBuffer] {
    return [
      this.#scratch.write(`${name}: bounds`, bounds),
      this.#scratch.write(`${name}: coefficients`, coefficients),
    ];
  }

  /** Compiles a pass. What comes back submits one dispatch of it; queue order keeps scratch safe to reuse. */
  async #pass(name: PassName): Promise<(buffers: readonly GPUBuffer[], params: Params) => void> {
    const { gpu } = this;
    const { device, counters } = gpu;
    const kernel = kernels[name];
    const WORKGROUP = gpu.info.software ? 8 : 64;
    const compiled = gpu.pipelines.get(kernel, { constants: { WORKGROUP } });
    const pipeline = await compiled.pipeline;
    return (buffers, params) => {
      const uniform = this.#scratch.write('params', packParams(kernel, params), BufferUsage.UNIFORM);
      const entries = [uniform, ...buffers].map((buffer, binding) => ({ binding, resource: { buffer } }));
      const encoder = device.createCommandEncoder({ label: `resize: ${name}` });
      const pass = encoder.beginComputePass({ label: `resize: ${name}` });
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, device.createBindGroup({ layout: compiled.layout, entries }));
      pass.dispatchWorkgroups(Math.ceil(params.size / WORKGROUP), params.rows);
      pass.end();
      device.queue.submit([encoder.finish()]);
      counters.dispatches += 1;
      counters.submits += 1;
    };
  }
}

/** @returns S */
function expectSlot(pixels: Tensor, index: number): number {
  const [images = 0, size = 0, width] = pixels.shape;
  const fits = pixels.shape.length === 3 && size === width && index >= 0 && index < images;
  if (pixels.type !== 'u32' || !fits) {
    throw new ShapeError('resize', 'pixels', `u32 [B, S, S] with B > ${index}`, pixels.shape);
  }
  return size;
}
