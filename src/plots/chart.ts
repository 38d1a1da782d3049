import type { EChartsCoreOption } from 'echarts/core';
import {
  format,
  GraphicComponent,
  GridComponent,
  init,
  LineChart,
  LinesChart,
  ScatterChart,
  SVGRenderer,
  use,
} from './echarts.ts';
import { colour, FONT } from './theme.ts';
import { shorten, textWidth, wrapText } from './wrap-text.ts';

use([LineChart, LinesChart, ScatterChart, GraphicComponent, GridComponent, SVGRenderer]);

/** A drawn plot. Its colours are CSS variables (`theme.ts`), its width is `FIGURE_WIDTH` unless stretched. */
export interface Figure {
  /** An SVG document. `paint` puts colours in place of its CSS variables. */
  readonly svg: string;
  /** What the figure shows, in a sentence with numbers; also its text alternative. */
  readonly title: string;
  /** What is drawn and how: with the title, the figure's caption. */
  readonly subtitle: string;
  /** In units of the drawing, which is 480 wide. */
  readonly height: number;
  /** In the same units, of several figures side by side. Default: 480. */
  readonly width?: number;
}

/** Width of every figure in units. Narrow, so that 12-unit letters are legible on a phone. */
export const FIGURE_WIDTH = 480;
export const MARGIN = 12;

/** Anything that ECharts' `graphic` takes. */
export type Mark = Readonly<Record<string, unknown>>;

/** Whether a figure has its title and subtitle drawn in it. */
export interface TitleOption {
  /** Default: true. With false they are left to a caption, which takes them from the `Figure`. */
  readonly title?: boolean;
}

/** Draws a chart of the given height, without animation, browser or canvas. */
export function drawChart(
  { title, subtitle }: Pick<Figure, 'title' | 'subtitle'>,
  height: number,
  option: EChartsCoreOption,
): Figure {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: FIGURE_WIDTH, height });
  try {
    chart.setOption({ animation: false, backgroundColor: colour('paper'), ...option });
    // Drops ECharts' style sheet, which holds hover effects only.
    const svg = chart.renderToSVGString({ useViewBox: true }).replace(/<style[\s\S]*?<\/style>/g, '');
    return { svg: accessible(svg, title), title, subtitle, height };
  } finally {
    chart.dispose();
  }
}

function accessible(svg: string, title: string): string {
  return svg
    .replace(/^<svg /, '<svg role="img" ')
    .replace('>', `><title>${format.encodeHTML(title)}</title>`);
}

/** A line of text. `size` in units; `align` says which end x is. */
export function label(
  text: string,
  x: number,
  y: number,
  {
    size = 11,
    fill = colour('ink'),
    bold = false,
    align = 'left' as 'left' | 'center' | 'right',
    baseline = 'middle' as 'top' | 'middle' | 'bottom',
    rotation = 0,
  } = {},
): Mark {
  const style = { text, fill, ...font(size, bold), align, verticalAlign: baseline };
  return { type: 'text', silent: true, x, y, rotation, style };
}

/** A font as ECharts' styles take it; in one string, some SVG renderers would miss the weight. */
export function font(size: number, bold = false) {
  return { fontSize: size, fontFamily: FONT, fontWeight: bold ? 600 : 'normal' };
}

export function straightLine(
  x1: number,
  y1: number,
  x2: number,
  y2: number,
  stroke: string,
  lineWidth = 1,
): Mark {
  return { type: 'line', silent: true, shape: { x1, y1, x2, y2 }, style: { stroke, lineWidth } };
}

const TITLE = { size: 14, line: 18, bold: true };
const SUBTITLE = { size: 12, line: 16, bold: false };

/** A title and a subtitle over the full width, unless they are not wished, and the y below them. */
export function heading(
  title: string,
  subtitle: string,
  shown = true,
): { marks: Mark[]; bottom: number; title: string; subtitle: string } {
  if (!shown) return { marks: [], bottom: 2, title, subtitle };
  const width = FIGURE_WIDTH - 2 * MARGIN;
  const marks: Mark[] = [];
  let y = MARGIN;
  const add = (text: string, { size, line, bold }: typeof TITLE, fill: string) => {
    for (const part of wrapText(text, width, size, bold)) {
      marks.push(label(part, MARGIN, y + line / 2, { size, fill, bold }));
      y += line;
    }
  };
  add(title, TITLE, colour('ink'));
  y += 3;
  add(subtitle, SUBTITLE, colour('muted'));
  return { marks, bottom: y, title, subtitle };
}

const SIZE = 11;
const LINE = 16;
const SWATCH = 9;
const WIDTH = FIGURE_WIDTH - 2 * MARGIN;

/** Colours with their names in two columns, read downwards; in one column if two would truncate names. */
export function legend(
  entries: readonly { readonly colour: string; readonly name: string }[],
  top: number,
  wished: number,
): { marks: Mark[]; bottom: number } {
  const fits = entries.every(({ name }) => textWidth(name, SIZE) <= nameWidth(2));
  const columns = wished === 2 && !fits ? 1 : wished;
  const rows = Math.ceil(entries.length / columns);
  const width = WIDTH / columns;
  const marks = entries.flatMap(({ colour, name }, i) => {
    const x = MARGIN + Math.floor(i / rows) * width;
    const y = top + (i % rows) * LINE + LINE / 2;
    const shape = { x, y: y - SWATCH / 2, width: SWATCH, height: SWATCH, r: 2 };
    return [
      { type: 'rect', silent: true, shape, style: { fill: colour } },
      label(shorten(name, nameWidth(columns), SIZE), x + SWATCH + 5, y, { size: SIZE }),
    ];
  });
  return { marks, bottom: top + rows * LINE };
}

function nameWidth(columns: number): number {
  return WIDTH / columns - SWATCH - 12;
}
