import type { Gpu } from './gpu.ts';
import type { Access, Dispatch, Kernel, ParamType } from './kernel.ts';
import type { ElementType, Tensor } from './tensor.ts';

/**
 * The interface that forward passes are written against. It records dispatches; nothing runs until the program does.
 */
export interface Commands {
  readonly gpu: Gpu;
  /** Scratch memory, free for reuse after the surrounding `scope`. */
  alloc(shape: readonly number[], type?: ElementType): Tensor;
  /** Records one dispatch. */
  dispatch<P extends Record<string, ParamType>, B extends Record<string, Access>>(
    kernel: Kernel<P, B>,
    dispatch: Dispatch<P, B>,
  ): void;
  /** What `body` allocates is free for later steps once it returns. */
  scope<T>(body: () => T): T;
}

/** Commands whose recording becomes a `Program`: its inputs keep memory of their own. */
export interface Recorder extends Commands {
  input(shape: readonly number[], type?: ElementType): Tensor;
}
