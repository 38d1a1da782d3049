import type { Rgb } from './point-colours.ts';

export type Inks = Readonly<Record<'link' | 'ink' | 'paper', Rgb>>;

/** Each the same object for good, so that drawing can tell that nothing changed. */
const DARK: Inks = { link: [107, 118, 132], ink: [230, 233, 238], paper: [21, 24, 29] };
const LIGHT: Inks = { link: [139, 149, 163], ink: [28, 33, 40], paper: [255, 255, 255] };

/** What is drawn with beside the colours of points and cells, on light and on dark paper. */
export function inksOn(dark: boolean): Inks {
  return dark ? DARK : LIGHT;
}
