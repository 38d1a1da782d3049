import type { Recorder } from './commands.ts';
import { AliasedTensorError } from './errors.ts';
import type { Gpu } from './gpu.ts';
import {
  type Access,
  type Dispatch,
  type Kernel,
  type ParamType,
  packParams,
  spreadGroups,
} from './kernel.ts';
import { MemoryPlan } from './memory-plan.ts';
import type { CompiledKernel } from './pipelines.ts';
import type { ElementType, Tensor } from './tensor.ts';

/** One dispatch of a recording, before its tensors have memory. */
export interface RecordedStep {
  readonly label: string;
  readonly kernel: Kernel;
  readonly compiled: CompiledKernel;
  readonly tensors: readonly Tensor[];
  /** The kernel's parameters, by name and as the uniform's bytes. */
  readonly values: Readonly<Record<string, number>>;
  readonly params: ArrayBuffer;
  readonly groups: readonly [number, number, number];
}

/** Collects dispatches and lays out their memory; nothing is allocated on the GPU. */
export class ProgramRecorder implements Recorder {
  readonly plan = new MemoryPlan();
  readonly steps: RecordedStep[] = [];

  constructor(readonly gpu: Gpu) {}

  input(shape: readonly number[], type: ElementType = 'f32'): Tensor {
    return this.plan.keep(shape, type);
  }

  alloc(shape: readonly number[], type: ElementType = 'f32'): Tensor {
    return this.plan.alloc(shape, type);
  }

  scope<T>(body: () => T): T {
    return this.plan.scope(body);
  }

  dispatch<P extends Record<string, ParamType>, B extends Record<string, Access>>(
    kernel: Kernel<P, B>,
    { bind, params, groups, detail, ...variant }: Dispatch<P, B>,
  ): void {
    expectNoAlias(kernel, bind);
    const tensors = Object.keys(kernel.bind).map((name) => bind[name] as Tensor);
    this.steps.push({
      label: detail ? `${kernel.name} ${detail}` : kernel.name,
      kernel,
      compiled: this.gpu.pipelines.get(kernel, variant),
      tensors,
      values: params,
      params: packParams(kernel, params),
      groups: spreadGroups(groups),
    });
  }
}

/** @throws {AliasedTensorError} if a tensor that is written shares its memory with another of the dispatch */
function expectNoAlias(kernel: Kernel, bind: Readonly<Record<string, Tensor>>): void {
  for (const [name, access] of Object.entries(kernel.bind)) {
    if (access !== 'write') continue;
    const other = Object.keys(kernel.bind).find(
      (o) => o !== name && bind[o]?.storage === bind[name]?.storage,
    );
    if (other) throw new AliasedTensorError(kernel.name, name, other);
  }
}
