import type { ModelConfig } from '../../weights/config.ts';

/** Bytes R, G, B, A `[B, S, S, 4]` as the image tower sees them: `[B, 3, S, S]`, (byte / 255 - mean) / std. */
export function normalisePixels(
  images: readonly Uint8ClampedArray[],
  { mean, std, size }: Pick<ModelConfig['image'], 'mean' | 'std' | 'size'>,
): Float32Array {
  const area = size * size;
  const pixels = new Float32Array(images.length * 3 * area);
  for (const [b, image] of images.entries()) {
    for (const channel of [0, 1, 2] as const) {
      for (let i = 0; i < area; i++) {
        const value = ((image[4 * i + channel] ?? 0) / 255 - mean[channel]) / std[channel];
        pixels[(3 * b + channel) * area + i] = value;
      }
    }
  }
  return pixels;
}
