import { GpuInternalError, GpuValidationError, ShaderError } from './errors.ts';
import { SHADER_STAGE_COMPUTE } from './flags.ts';
import type { Gpu } from './gpu.ts';
import { assemble, type Kernel, type Variant } from './kernel.ts';

/** A kernel variant with its pipeline, which compiles in the background. */
export interface CompiledKernel {
  readonly layout: GPUBindGroupLayout;
  readonly pipeline: Promise<GPUComputePipeline>;
}

/** Compiles each kernel variant once a device. */
export class PipelineCache {
  readonly #compiled = new Map<string, CompiledKernel>();

  constructor(private readonly gpu: Gpu) {}

  get(kernel: Kernel, variant: Variant): CompiledKernel {
    const code = assemble(kernel, variant);
    const key = `${kernel.entryPoint}\n${code}`;
    const known = this.#compiled.get(key);
    if (known) return known;
    const layout = this.#layout(kernel);
    const compiled = { layout, pipeline: this.#compile(kernel, code, layout) };
    compiled.pipeline.catch(() => this.#compiled.delete(key)); // the error reaches whoever awaits the pipeline
    this.#compiled.set(key, compiled);
    return compiled;
  }

  #layout(kernel: Kernel): GPUBindGroupLayout {
    const types: GPUBufferBindingType[] = Object.values(kernel.bind).map((access) =>
      access === 'read' ? 'read-only-storage' : 'storage',
    );
    return this.gpu.device.createBindGroupLayout({
      label: kernel.name,
      entries: ['uniform' as const, ...types].map((type, binding) => ({
        binding,
        visibility: SHADER_STAGE_COMPUTE,
        buffer: { type },
      })),
    });
  }

  async #compile(kernel: Kernel, code: string, layout: GPUBindGroupLayout): Promise<GPUComputePipeline> {
    const { gpu } = this;
    const { device } = gpu;
    device.pushErrorScope('validation'); // the compilation messages below are better than the scope's
    const module = device.createShaderModule({ label: kernel.name, code });
    void device.popErrorScope().catch(() => null);
    const { messages } = await gpu.orGone(module.getCompilationInfo());
    const errors = messages.filter((message) => message.type === 'error');
    if (errors.length > 0) throw new ShaderError(kernel.name, errors.map((m) => show(m, code)).join('\n'));
    const pipeline = device.createComputePipelineAsync({
      label: kernel.name,
      layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: kernel.entryPoint },
    });
    return gpu.orGone(pipeline).catch((error) => {
      throw typedPipelineError(kernel, error);
    });
  }
}

/** WebGPU's own error in this library's terms; anything else as it is. */
function typedPipelineError({ name }: Kernel, error: unknown): unknown {
  if (!(error instanceof Error) || !('reason' in error) || error.name !== 'GPUPipelineError') return error;
  const Typed = error.reason === 'internal' ? GpuInternalError : GpuValidationError;
  return new Typed(name, error.message);
}

function show({ lineNum, linePos, message }: GPUCompilationMessage, code: string): string {
  const line = code.split('\n')[lineNum - 1] ?? '';
  return `${message}\n  ${lineNum} | ${line}\n  ${' '.repeat(String(lineNum).length)} | ${' '.repeat(Math.max(linePos - 1, 0))}^`;
}
