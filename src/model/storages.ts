import type { Dtype } from '../api.ts';
import type { Gpu } from '../device/gpu.ts';
import { halfStorage, type WeightStorage } from '../kernels/gemm/packed-matrix.ts';

/** How a model's weights lie in GPU memory; vectors and positions are f32. */
export interface WeightStorages {
  readonly matrices: WeightStorage;
  /** Of the word table, and of projections that are stored the other way. */
  readonly tables: WeightStorage;
}

/** The storages of a dtype on this adapter. */
export function storagesFor(gpu: Pick<Gpu, 'info'>, dtype: Dtype): WeightStorages {
  if (dtype === 'f32') return { matrices: 'f32', tables: 'f32' };
  const half = halfStorage(gpu);
  return { matrices: dtype === 'q8' ? 'q8' : half, tables: half };
}
