import type { KernelTime } from '../../src/device/profile.ts';

/** The work of a kernel's dispatches in one pass: operations, and bytes if each is read and written once. */
export interface Work {
  readonly flops: number;
  readonly bytes: number;
}

/** Sizes of the image tower's pass: B images of T tokens, width C, H heads, patches of P pixels. */
export interface ImagePass {
  readonly B: number;
  readonly T: number;
  readonly C: number;
  readonly H: number;
  readonly P: number;
  readonly depth: number;
  /** Bytes of a weight. */
  readonly weightBytes: number;
}

const F32 = 4;
/** Per score: exp counted as one, the scaling, the maximum and the sum. */
const SOFTMAX_FLOPS = 5;
const LAYER_NORM_FLOPS = 8;

/** A GEMM of X `[M, K]` and W `[N, K]`. */
export interface GemmSize {
  readonly M: number;
  readonly N: number;
  readonly K: number;
}

/** The size of a GEMM's line of the profile; undefined for another kernel, and for the sums of a split K. */
export function gemmSize({ kernel, values }: Pick<KernelTime, 'kernel' | 'values'>): GemmSize | undefined {
  const { M, N, K } = values;
  if (!kernel.startsWith('gemm') || M === undefined || N === undefined || K === undefined) return undefined;
  return { M, N, K };
}

/** @param weightBytes of a value of W; the others are f32 */
export function gemmWork({ M, N, K }: GemmSize, weightBytes: number): Work {
  return { flops: 2 * M * N * K, bytes: (M * K + M * N) * F32 + N * K * weightBytes };
}

/** B sequences of T tokens. */
export function attentionWork({ B, T, C, H }: Pick<ImagePass, 'B' | 'T' | 'C' | 'H'>): Work {
  return { flops: 4 * B * T * T * C + SOFTMAX_FLOPS * B * H * T * T, bytes: 4 * B * T * C * F32 };
}

export function layerNormWork(values: number): Work {
  return { flops: values * LAYER_NORM_FLOPS, bytes: values * 2 * F32 };
}

/** The work of a line of the profile; undefined for a kernel that is not of the image tower. */
export function workOf({ kernel, values, dispatches }: KernelTime, pass: ImagePass): Work | undefined {
  const { B, T, C, P, depth, weightBytes } = pass;
  const gemm = gemmSize({ kernel, values });
  if (gemm) return times(gemmWork(gemm, weightBytes), dispatches);
  const stream = B * T * C;
  const patches = B * (T - 1);
  switch (kernel) {
    case 'attention':
    case 'attention-subgroup':
      return times(attentionWork(pass), dispatches);
    case 'layernorm': {
      // Two of each block over the stream, but the last block's second and the last one over the class tokens alone.
      const values = (2 * depth - 1) * stream + 2 * B * C;
      return layerNormWork(values);
    }
    case 'patchify':
      return { flops: 2 * patches * 3 * P * P, bytes: patches * P * P * (F32 + 3 * F32) };
    case 'add-positions':
      return { flops: stream, bytes: 3 * stream * F32 };
    default:
      return undefined;
  }
}

function times({ flops, bytes }: Work, n: number): Work {
  return { flops: flops * n, bytes: bytes * n };
}
