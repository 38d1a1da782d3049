import type { DeviceInfo } from '../device/adapter.ts';
import { forAdapter } from '../device/software.ts';

/** Default images of a pass. */
export const IMAGES_A_PASS = 8;

/** Tokens of a text pass that keep the adapter busy: more make the pass longer without less time per token. */
export function usualTokens(gpu: { readonly info: Pick<DeviceInfo, 'software'> }): number {
  return forAdapter(gpu, { software: 512, hardware: 2048 });
}

/** Texts that are dealt into batches together: enough for even batches, few enough to tokenise ahead. */
export const TEXT_WINDOW = 256;

/** The first window is smaller, since the GPU waits for it. */
export const FIRST_TEXT_WINDOW = 64;

/** Batches whose kernels are compiled before the weights are read. Other sizes share their kernels' variants. */
export const COMPILED_AHEAD = {
  images: [1, IMAGES_A_PASS],
  texts: [
    { texts: 1, rows: 16 },
    { texts: 8, rows: 128 },
    { texts: 64, rows: 1024 },
  ],
} as const;

/**
 * Rows of the GEMMs that are tuned, T tokens an image: whole batches, and the last blocks, which keep one row per item.
 */
export function tunedRows(T: number) {
  return { images: [IMAGES_A_PASS * T, T], texts: [128], lastBlock: [8] } as const;
}
