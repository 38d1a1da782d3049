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
    const compiled = this.#compile(kernel, code);
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

  /** All that WebGPU may refuse at once is made in one scope. */
  #compile(kernel: Kernel, code: string): CompiledKernel {
    const { device } = this.gpu;
    device.pushErrorScope('validation');
    const layout = this.#layout(kernel);
    const module = device.createShaderModule({ label: kernel.name, code });
    const whole = device.createPipelineLayout({ label: kernel.name, bindGroupLayouts: [layout] });
    const refused = device.popErrorScope().catch(() => null); // of a lost device, which the compilation says
    return { layout, pipeline: this.#pipeline(kernel, code, module, whole, refused) };
  }

  async #pipeline(
    kernel: Kernel,
    code: string,
    module: GPUShaderModule,
    layout: GPUPipelineLayout,
    refused: Promise<GPUError | null>,
  ): Promise<GPUComputePipeline> {
    const { gpu } = this;
    const { name, entryPoint } = kernel;
    const { messages } = await gpu.orGone(name, module.getCompilationInfo());
    const errors = messages.filter((message) => message.type === 'error');
    if (errors.length > 0) throw new ShaderError(name, errors.map((m) => show(m, code)).join('\n'));
    const error = await refused;
    if (error) throw new GpuValidationError(name, error.message);
    const compute = { module, entryPoint };
    const pipeline = gpu.device.createComputePipelineAsync({ label: name, layout, compute });
    return gpu.orGone(name, pipeline).catch((cause) => {
      throw typedPipelineError(kernel, cause);
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
