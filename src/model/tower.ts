import type { Commands } from '../device/commands.ts';
import { IN_FLIGHT, type RecordOptions } from '../device/program.ts';
import type { Tensor } from '../device/tensor.ts';
import { finiteRows } from '../kernels/finite-rows.ts';
import { l2Normalize } from '../kernels/l2-normalize.ts';

/** What a tower gives for a batch. */
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
  commands: Commands,
  embedding: Tensor,
  tokens: Tensor | undefined,
  { normalize }: TowerOptions,
): Record<string, Tensor> {
  return {
    embedding: normalize ? l2Normalize(commands, embedding) : embedding,
    finite: finiteRows(commands, embedding),
    ...(tokens && { tokens, finiteTokens: finiteRows(commands, tokens) }),
  };
}

export interface TowerOptions {
  /** L2-normalise the embeddings. */
  readonly normalize: boolean;
  /** Give the tokens' states too. */
  readonly tokens: boolean;
}

/** A batch that the GPU has been given. In an object, since an async function would wait for a bare promise. */
export interface Submitted {
  readonly output: Promise<TowerOutput>;
}

/** @param output whoever awaits it gets its error; where nobody does any more, it is nobody's concern */
export function submitted(output: Promise<TowerOutput>): Submitted {
  output.catch(() => {});
  return { output };
}

/** How a tower's programs are recorded. */
export const TOWER_RECORDING: RecordOptions = {
  inFlight: IN_FLIGHT,
  advice: "use a smaller batchSize, or dtype 'f16' where it is 'f32'",
};

/** GPU bytes that the recorded batch shapes of one tower may hold. */
export const PROGRAM_BUDGET = 512 * 1024 * 1024;
