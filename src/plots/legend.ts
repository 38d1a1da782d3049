import { FIGURE_WIDTH, label, MARGIN, type Mark } from './chart.ts';
import { shorten, textWidth } from './wrap-text.ts';

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
