import type { Rgb } from './point-colours.ts';

/** What a map is drawn with beside the colours of its points, on light and on dark paper. */
export function inksOn(dark: boolean): Readonly<Record<'link' | 'ink' | 'paper', Rgb>> {
  return dark
    ? { link: [107, 118, 132], ink: [230, 233, 238], paper: [21, 24, 29] }
    : { link: [139, 149, 163], ink: [28, 33, 40], paper: [255, 255, 255] };
}
