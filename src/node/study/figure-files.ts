import { paint, type Theme } from '../../plots/theme.ts';
import { writeTogether } from '../staged-files.ts';
import { svgToPng } from '../svg-to-png.ts';
import type { Figures } from './figures.ts';
import { withFont } from './svg-with-font.ts';

/** The folder of the pictures, beside the report. */
export const FIGURES = 'figures';

const THEMES: readonly Theme[] = ['light', 'dark'];

export interface FigureFile {
  readonly file: string;
  readonly kind: 'SVG' | 'PNG';
  readonly theme: Theme;
}

/** The files of a figure. */
export function figureFiles(name: keyof Figures): FigureFile[] {
  const of = (theme: Theme): FigureFile[] => [
    { file: `${name}-${theme}.svg`, kind: 'SVG', theme },
    { file: `${name}-${theme}.png`, kind: 'PNG', theme },
  ];
  return THEMES.flatMap(of);
}

/** Writes each figure, without its title, as SVG that brings its font and as PNG. */
export async function writeFigures(folder: string, figures: Figures): Promise<void> {
  await writeTogether(folder, async (write) => {
    for (const [name, { svg }] of Object.entries(figures)) {
      for (const { file, kind, theme } of figureFiles(name as keyof Figures)) {
        const painted = paint(svg, theme);
        const bytes = kind === 'SVG' ? new TextEncoder().encode(withFont(painted)) : await svgToPng(painted);
        await write(file, (sink) => sink.write(bytes));
      }
    }
  });
}
