import type { Commands, Recorder } from '../device/commands.ts';
import type { Gpu } from '../device/gpu.ts';
import { IN_FLIGHT, type Program, type Prologue, type RecordOptions } from '../device/program.ts';
import { ProgramCache } from '../device/program-cache.ts';
import type { Tensor } from '../device/tensor.ts';
import { finiteRows } from '../kernels/finite-rows.ts';
import { l2Normalize } from '../kernels/l2-normalize.ts';

/** A tower's output for a batch. */
export interface TowerOutput {
  /** `[B, D]` */
  readonly embedding: Float32Array;
  /** `[B]`: 1, or 0 for an embedding with a NaN or an infinity */
  readonly finite: Float32Array;
  /** `[N, C]`: every token's final state, packed in order, if asked for */
  readonly tokens?: Float32Array;
  /** `[N]`: the same of the tokens */
  readonly finiteTokens?: Float32Array;
}

/**
 * Records what a tower's recording gives for its embeddings `[B, D]` and, if wanted, its tokens `[N, C]`. They are checked
 * here, since normalisation may hide an infinity.
 */
export function towerOutputs(
  cmd: Commands,
  embedding: Tensor,
  tokens: Tensor | undefined,
  { normalize }: TowerOptions,
): Record<string, Tensor> {
  return {
    embedding: normalize ? l2Normalize(cmd, embedding) : embedding,
    finite: finiteRows(cmd, embedding),
    ...(tokens && { tokens, finiteTokens: finiteRows(cmd, tokens) }),
  };
}

export interface TowerOptions {
  /** L2-normalise the embeddings. */
  readonly normalize: boolean;
  /** Give the tokens' states too. */
  readonly tokens: boolean;
}

/** A submitted batch. Wrapped in an object, since an async function would await a bare promise. */
export interface Submitted {
  readonly output: Promise<TowerOutput>;
}

/** The recorded pass of a tower over one batch shape; `Input` is what the tower reads, such as `pixels`. */
export type TowerProgram<Input extends string> = Program<{
  inputs: Readonly<Record<Input | 'tiles' | 'pooledRows', Tensor>>;
  outputs: Readonly<Record<string, Tensor>>;
}>;

/** GPU bytes that the recorded batch shapes of one tower may hold. */
export const PROGRAM_BUDGET = 512 * 1024 * 1024;

const RECORDING: RecordOptions = {
  inFlight: IN_FLIGHT,
  advice: "use a smaller batchSize, or a dtype of fewer bits ('f16', 'q8')",
};

/** The programs of one tower, each recorded when its batch shape first comes. */
export class TowerPrograms<Input extends string> {
  readonly #recorded = new ProgramCache<TowerProgram<Input>['recording']>(PROGRAM_BUDGET);

  constructor(private readonly gpu: Gpu) {}

  /** @param shape the batch shape in words, such as `image tower, batch of 8` */
  get(
    shape: string,
    { normalize, tokens }: TowerOptions,
    build: (cmd: Recorder) => TowerProgram<Input>['recording'],
  ): Promise<TowerProgram<Input>> {
    const key = `${shape} ${normalize} ${tokens}`;
    return this.#recorded.get(key, () => this.gpu.record(shape, build, RECORDING));
  }

  /** Submits a run. Whoever awaits the output gets its error; without a reader the error is dropped. */
  submit(
    program: TowerProgram<Input>,
    inputs: Partial<Record<Input | 'tiles' | 'pooledRows', Uint32Array>>,
    { prologue, read = (output) => output }: SubmitOptions = {},
  ): Submitted {
    const output = program.run(inputs, prologue).then((outputs) => read(outputs as unknown as TowerOutput));
    output.catch(() => {});
    return { output };
  }

  destroy(): void {
    this.#recorded.destroy();
  }
}

export interface SubmitOptions {
  /** Encoded before the pass. */
  readonly prologue?: Prologue;
  /** Converts the program's outputs for the caller, for instance drops surplus rows. */
  readonly read?: (output: TowerOutput) => TowerOutput;
}

/** Tokens that a pass can take: its largest tensor, `[N, 4C]` or `[N, 3C]`, must fit in a storage binding. */
export function maxTokens({ limits }: Gpu, { width, mlpWidth }: TowerWidths): number {
  return Math.floor(limits.maxStorageBufferBindingSize / (4 * Math.max(mlpWidth, 3 * width)));
}

export interface TowerWidths {
  readonly width: number;
  readonly mlpWidth: number;
}
