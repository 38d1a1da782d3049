import { createRequire } from 'node:module';
import { Resvg } from '@resvg/resvg-js';
import { FIGURE_WIDTH } from '../plots/chart.ts';

const { resolve } = createRequire(import.meta.url);

/** Inter (SIL Open Font Licence) comes with the package, so that machines without fonts show text. */
const FONT_FILES = ['400Regular/Inter_400Regular.ttf', '600SemiBold/Inter_600SemiBold.ttf'].map((file) =>
  resolve(`@expo-google-fonts/inter/${file}`),
);

/** Characters outside Inter, which has Latin, Greek, Cyrillic and symbols: they need the system's fonts. */
const BEYOND_INTER = /[\u0530-\u1dff\u2c00-\ufaff\ufb07-\u{10ffff}]/u;

/**
 * A painted figure as a PNG.
 * @param scale pixels a unit of the SVG
 */
export function svgToPng(svg: string, scale = 2): Uint8Array {
  const renderer = new Resvg(svg, {
    font: {
      fontFiles: FONT_FILES,
      loadSystemFonts: BEYOND_INTER.test(svg),
      defaultFontFamily: 'Inter',
      sansSerifFamily: 'Inter',
    },
    fitTo: { mode: 'width', value: FIGURE_WIDTH * scale },
  });
  return renderer.render().asPng();
}
