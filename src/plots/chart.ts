import { LineChart, LinesChart, ScatterChart } from 'echarts/charts';
import { GraphicComponent, GridComponent } from 'echarts/components';
import { type EChartsCoreOption, format, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { colour, FONT } from './theme.ts';

use([LineChart, LinesChart, ScatterChart, GraphicComponent, GridComponent, SVGRenderer]);

/** A drawn plot. Its colours are CSS variables (`theme.ts`), its width is `FIGURE_WIDTH` unless stretched. */
export interface Figure {
  readonly svg: string;
  /** What the figure shows, in a sentence with numbers; also its text alternative. */
  readonly title: string;
  readonly height: number;
}

/** Width of every figure in units. Narrow, so that 12-unit letters are legible on a phone. */
export const FIGURE_WIDTH = 480;
export const MARGIN = 12;

/** Anything that ECharts' `graphic` takes. */
export type Mark = Readonly<Record<string, unknown>>;

/** Draws a chart of the given height, without animation, browser or canvas. */
export function drawChart(title: string, height: number, option: EChartsCoreOption): Figure {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: FIGURE_WIDTH, height });
  try {
    chart.setOption({ animation: false, backgroundColor: colour('paper'), ...option });
    // Drops ECharts' style sheet, which holds hover effects only.
    const svg = chart.renderToSVGString({ useViewBox: true }).replace(/<style[\s\S]*?<\/style>/g, '');
    return { svg: accessible(svg, title), title, height };
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
