import { FIGURE_WIDTH, type Figure } from './chart.ts';
import { format } from './echarts.ts';
import { colour, FONT } from './theme.ts';

/** Room for the name above a cell. */
const HEADING = 30;

/** A figure with the name that tells it from its neighbours. */
export interface GridCell {
  readonly name: string;
  readonly figure: Figure;
}

/** Figures of one kind side by side, each below its name, as one figure that is as many times as wide. */
export function figureGrid(
  cells: readonly GridCell[],
  {
    title,
    subtitle,
    columns = Math.min(3, cells.length),
  }: Pick<Figure, 'title' | 'subtitle'> & { columns?: number },
): Figure {
  const rows = Array.from({ length: Math.ceil(cells.length / columns) }, (_, row) =>
    cells.slice(row * columns, (row + 1) * columns),
  );
  let height = 0;
  const drawn: string[] = [];
  for (const row of rows) {
    for (const [column, { name, figure }] of row.entries()) {
      const x = column * FIGURE_WIDTH;
      drawn.push(heading(name, x, height), placed(figure.svg, x, height + HEADING));
    }
    height += HEADING + Math.max(...row.map(({ figure }) => figure.height));
  }
  const width = columns * FIGURE_WIDTH;
  const paper = `<rect width="${width}" height="${height}" fill="${colour('paper')}"></rect>`;
  const open = `<svg role="img" width="${width}" height="${height}" xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 ${width} ${height}">`;
  const svg = `${open}<title>${format.encodeHTML(title)}</title>${paper}${drawn.join('')}</svg>`;
  return { svg, title, subtitle, width, height };
}

function heading(name: string, x: number, y: number): string {
  return `<text x="${x + 12}" y="${y + 21}" style="font-size:14px;font-family:${FONT.replaceAll('"', "'")};font-weight:600;" fill="${colour('ink')}">${format.encodeHTML(name)}</text>`;
}

/** A whole SVG as a part of another. */
function placed(svg: string, x: number, y: number): string {
  return svg.replace(/^<svg role="img" /, `<svg x="${x}" y="${y}" `);
}
