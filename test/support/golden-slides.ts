import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { SlideLevel, SlideTile } from '../../src/index.ts';

/** Left, top and share of tissue of squares. */
export type GoldenTissue = readonly (readonly [x: number, y: number, share: number])[];

/** What golden/slides.py wrote of a slide. */
export interface GoldenSlide {
  readonly file: string;
  readonly levels: readonly SlideLevel[];
  readonly micrometresPerPixel?: number;
  readonly objectivePower?: number;
  readonly tiles: readonly (SlideTile & { readonly sha256: string })[];
  /** Of level 0, squares of 40 pixels. */
  readonly tissue: GoldenTissue;
  /** The same of 50 pixels by an overview of level 1 whose longest side is 60. */
  readonly tissueOfLevel1?: GoldenTissue;
}

const folder = new URL('../golden/slides/', import.meta.url);

export const goldenSlides: readonly GoldenSlide[] = JSON.parse(
  readFileSync(new URL('../slides.json', folder), 'utf8'),
);

export function slideFile(file: string): string {
  return fileURLToPath(new URL(file, folder));
}
