import type { DeviceInfo } from '../device/adapter.ts';
import { forAdapter } from '../device/software.ts';

/** Images of a pass, unless the caller asks for other batches. */
export const IMAGES_A_PASS = 8;

/**
 * Tokens of texts in a pass that keep the adapter busy: with more a pass takes longer, and a token no less time.
 */
export function usualTokens(gpu: { readonly info: Pick<DeviceInfo, 'software'> }): number {
  return forAdapter(gpu, { software: 512, hardware: 2048 });
}

/** Texts that are dealt over batches together: enough for these to come out even, few enough to tokenise ahead. */
export const TEXT_WINDOW = 256;

/** The first of them, which the GPU waits for. */
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

/** Rows of the GEMMs that are tuned, T tokens an image: whole batches, and the last blocks, which keep a row an item. */
export function tunedRows(T: number) {
  return { images: [IMAGES_A_PASS * T, T], texts: [128], lastBlock: [8] } as const;
}
