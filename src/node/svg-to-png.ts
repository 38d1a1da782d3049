import { beyondInter } from './inter.ts';
import { loadNative } from './native-packages.ts';
import { INTER } from './package-files.ts';

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
  return (await rendererOf(svg, scale)).render().asPng();
}

/**
 * A painted figure with outlines in place of its text, by the fonts of the system where Inter lacks a glyph.
 * @throws {NativePackageError}
 */
export async function withOutlines(svg: string): Promise<string> {
  return (await rendererOf(svg, 1)).toString();
}

async function rendererOf(svg: string, scale: number) {
  const { Resvg } = await loadResvg();
  return new Resvg(svg, {
    font: {
      fontFiles: [...INTER],
      loadSystemFonts: (await beyondInter(svg)).length > 0,
      defaultFontFamily: 'Inter',
      sansSerifFamily: 'Inter',
    },
    fitTo: { mode: 'zoom', value: scale },
  });
}
