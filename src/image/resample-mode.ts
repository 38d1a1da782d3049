import type { DecodedImage } from './decoded-image.ts';
import type { PillowMode } from './headers/image-header.ts';

/** How Pillow resamples each of its modes. 16-bit grey becomes `rgb` once it is windowed. */
export const resampleModes: Readonly<Record<Exclude<PillowMode, 'I;16'>, DecodedImage['mode']>> = {
  '1': 'nearest',
  P: 'nearest',
  L: 'rgb',
  RGB: 'rgb',
  LA: 'rgba',
  RGBA: 'rgba',
  CMYK: 'cmyk',
};
