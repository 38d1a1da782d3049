import { FIGURE_WIDTH } from '../plots/chart.ts';
import { loadNative } from './native-packages.ts';
import { INTER } from './package-files.ts';

/** Characters outside Inter, which has Latin, Greek, Cyrillic and symbols: they need the system's fonts. */
const BEYOND_INTER = /[\u0530-\u1dff\u2c00-\ufaff\ufb07-\u{10ffff}]/u;

/** What draws SVG as PNG. @throws {NativePackageError} */
export function loadResvg() {
  return loadNative('@resvg/resvg-js', 'drawing figures as PNG', () => import('@resvg/resvg-js'));
}

/**
 * A painted figure as a PNG.
 * @param scale pixels a unit of the SVG
 * @throws {NativePackageError}
 */
export async function svgToPng(svg: string, scale = 2): Promise<Uint8Array> {
  const { Resvg } = await loadResvg();
  const renderer = new Resvg(svg, {
    font: {
      fontFiles: [...INTER],
      loadSystemFonts: BEYOND_INTER.test(svg),
      defaultFontFamily: 'Inter',
      sansSerifFamily: 'Inter',
    },
    fitTo: { mode: 'width', value: FIGURE_WIDTH * scale },
  });
  return renderer.render().asPng();
}
