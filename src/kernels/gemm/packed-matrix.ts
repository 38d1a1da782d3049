import storageF16 from '../../../shaders/parts/storage-f16.wgsl';
import storageF32 from '../../../shaders/parts/storage-f32.wgsl';
import storagePacked16 from '../../../shaders/parts/storage-packed16.wgsl';
import storageQ8 from '../../../shaders/parts/storage-q8.wgsl';
import type { Gpu } from '../../device/gpu.ts';
import type { Tensor } from '../../device/tensor.ts';

/**
 * The storage of a weight in GPU memory. `packed16` is f16 for adapters without the `shader-f16` feature; `q8`, for
 * matrices alone, is int8 with a scale for each row.
 */
export type WeightStorage = 'f32' | 'f16' | 'packed16' | 'q8';

/**
 * Quads between two panels. Without them panels of 512 or 768 columns start at multiples of 4096 bytes, and those read
 * together evict each other from a CPU's L1 cache.
 */
export const PANEL_GAP = 8;

/**
 * A weight matrix `[rows, cols]` in the order that the GEMM reads: panels of four rows, `[ceil(rows / 4), cols + gap, 4]`,
 * zeros beyond the rows. In `q8` the gap begins with the scales of the panel's rows.
 */
export interface PackedMatrix {
  readonly rows: number;
  readonly cols: number;
  readonly storage: WeightStorage;
  /** u32 words in every storage. */
  readonly words: Tensor;
}

/** The WGSL that reads a storage. */
export const storagePart: Readonly<Record<WeightStorage, string>> = {
  f32: storageF32,
  f16: storageF16,
  packed16: storagePacked16,
  q8: storageQ8,
};

/**
 * How values of 16 bits are stored: read natively where the adapter can, else unpacked from words. On software adapters a
 * load costs the same whatever its width, so two values a word are faster (a GEMM on lavapipe by 8 %).
 */
export function halfStorage({ info }: Pick<Gpu, 'info'>): 'f16' | 'packed16' {
  return info.features.has('shader-f16') && !info.software ? 'f16' : 'packed16';
}

/** Bits of a value. */
export const storageBits: Readonly<Record<WeightStorage, 32 | 16 | 8>> = {
  f32: 32,
  f16: 16,
  packed16: 16,
  q8: 8,
};

/** 32-bit words that a `[rows, cols]` matrix takes once packed. */
export function packedWords(rows: number, cols: number, storage: WeightStorage): number {
  return Math.ceil(rows / 4) * (cols + PANEL_GAP) * (storageBits[storage] / 8);
}
