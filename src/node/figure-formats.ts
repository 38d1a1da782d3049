import type { Figure } from '../plots/chart.ts';
import { paint, THEMES, type Theme } from '../plots/theme.ts';
import type { WriteFile } from './staged-files.ts';
import { svgToPdf } from './svg-to-pdf.ts';
import { svgToPng } from './svg-to-png.ts';
import { withFont } from './svg-with-font.ts';

export type FigureFormat = 'SVG' | 'PDF' | 'PNG';

export interface FigureFile {
  readonly file: string;
  readonly format: FigureFormat;
  readonly theme: Theme;
}

/** The files of a figure, by theme. */
export function figureFiles(name: string, formats: readonly FigureFormat[]): FigureFile[] {
  return THEMES.flatMap((theme) =>
    formats.map((format) => ({ file: `${name}-${theme}.${format.toLowerCase()}`, format, theme })),
  );
}

/** Writes a figure in both themes. SVG and PDF bring their font. @throws {NativePackageError} for PNG */
export async function writeFigure(
  write: WriteFile,
  name: string,
  figure: Figure,
  formats: readonly FigureFormat[],
): Promise<void> {
  for (const { file, format, theme } of figureFiles(name, formats)) {
    const bytes = await figureBytes(figure, theme, format);
    await write(file, (sink) => sink.write(bytes));
  }
}

async function figureBytes(figure: Figure, theme: Theme, format: FigureFormat): Promise<Uint8Array> {
  const painted = paint(figure.svg, theme);
  if (format === 'PDF') return svgToPdf(painted, figure);
  return format === 'PNG' ? svgToPng(painted) : new TextEncoder().encode(withFont(painted));
}
