import { FIGURE_WIDTH, label, MARGIN, type Mark } from './chart.ts';
import { colour } from './theme.ts';
import { wrapText } from './wrap-text.ts';

const TITLE = { size: 14, line: 18, bold: true };
const SUBTITLE = { size: 12, line: 16, bold: false };

/** A title and a subtitle over the full width, and the y below them. */
export function heading(title: string, subtitle: string): { marks: Mark[]; bottom: number } {
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
  return { marks, bottom: y };
}
