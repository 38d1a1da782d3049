/**
 * TIFF may store premultiplied colours. Dividing in floating point, libvips is one too low where the quotient is an
 * integer; Pillow gives trunc(255 c / alpha). The stored c can be recovered uniquely, so it is divided again exactly,
 * in place.
 */
export function redivideByAlpha(rgba: Uint8Array): void {
  for (let i = 0; i < rgba.length; i += 4) {
    const alpha = rgba[i + 3] ?? 0;
    for (let at = i; at < i + 3; at++) {
      const stored = Math.ceil(((rgba[at] ?? 0) * alpha) / 255);
      rgba[at] = alpha === 0 ? 0 : Math.min(255, Math.trunc((255 * stored) / alpha));
    }
  }
}
