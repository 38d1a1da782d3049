import { readFileSync } from 'node:fs';
import type { ImagePlane } from '../../src/image/decode-options.ts';
import type { WindowChoice } from '../../src/image/source.ts';

interface Written {
  readonly plane: ImagePlane;
  /** Counted from 1. */
  readonly slice: number;
  /** How many the plane has. */
  readonly slices: number;
  readonly window: 'default' | 'auto' | 'given';
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** Base64 of bytes `[height, width, channels]`. */
  readonly data: string;
}

/** A slice as nibabel and NumPy show it. */
export interface GoldenSlice extends Omit<Written, 'data' | 'channels'> {
  readonly choice: WindowChoice | undefined;
  readonly rgba: number[];
}

export interface GoldenVolume {
  readonly file: string;
  readonly slices: readonly GoldenSlice[];
}

const folder = new URL('../golden/nifti/', import.meta.url);
const written: readonly { readonly file: string; readonly slices: readonly Written[] }[] = JSON.parse(
  readFileSync(new URL('../nifti.json', folder), 'utf8'),
);

/** What golden/nifti.py wrote. */
export const goldenVolumes: readonly GoldenVolume[] = written.map(({ file, slices }) => ({
  file,
  slices: slices.map(({ data, channels, ...slice }) => ({
    ...slice,
    choice: { default: undefined, auto: 'auto' as const, given: { low: -20.5, high: 90 } }[slice.window],
    rgba: opaque(Buffer.from(data, 'base64'), channels),
  })),
}));

export function volumeBytes(file: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(file, folder)));
}

function opaque(data: Uint8Array, channels: number): number[] {
  return Array.from({ length: (data.length / channels) * 4 }, (_, i) => {
    return i % 4 === 3 ? 255 : (data[Math.floor(i / 4) * channels + (channels === 3 ? i % 4 : 0)] ?? 0);
  });
}
