/**
 * Samples `[height, width, channels]` as RGBA bytes: grey (1 channel), grey and alpha, RGB, or RGBA.
 * @param shift bits that are dropped at a sample's low end
 */
export function toRgba(samples: ArrayLike<number>, channels: number, shift: number): Uint8Array {
  const pixels = samples.length / channels;
  const rgba = new Uint8Array(4 * pixels).fill(255);
  const colours = channels < 3 ? 1 : 3;
  const hasAlpha = channels % 2 === 0;
  for (let i = 0; i < pixels; i++) {
    for (let c = 0; c < 3; c++) rgba[4 * i + c] = (samples[i * channels + (c % colours)] ?? 0) >> shift;
    if (hasAlpha) rgba[4 * i + 3] = (samples[(i + 1) * channels - 1] ?? 0) >> shift;
  }
  return rgba;
}
