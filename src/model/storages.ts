import type { Dtype } from '../api.ts';
import type { Gpu } from '../device/gpu.ts';
import type { WeightStorage } from '../kernels/gemm/packed-matrix.ts';

/** How a model's weights lie in GPU memory; vectors and positions are f32. */
export interface WeightStorages {
  readonly matrices: WeightStorage;
  /** Of the word table, and of projections that are stored the other way. */
  readonly tables: WeightStorage;
}

/**
 * f16 weights are read natively where the adapter can, and unpacked from words where it cannot. On software adapters a
 * load costs the same whatever its width, so two values per word are faster (a GEMM on lavapipe by 8 %).
 */
export function storagesFor({ info }: Pick<Gpu, 'info'>, dtype: Dtype): WeightStorages {
  if (dtype === 'f32') return { matrices: 'f32', tables: 'f32' };
  const half = info.features.has('shader-f16') && !info.software ? 'f16' : 'packed16';
  return { matrices: dtype === 'q8' ? 'q8' : half, tables: half };
}
