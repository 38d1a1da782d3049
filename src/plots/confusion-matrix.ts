import { boolean, checkOptions, list, type Shape } from '../arguments.ts';
import { InvalidOptionError } from '../errors.ts';
import {
  drawChart,
  FIGURE_WIDTH,
  type Figure,
  heading,
  label,
  MARGIN,
  type Mark,
  type TitleOption,
} from './chart.ts';
import { number } from './number.ts';
import { rasterUri } from './raster.ts';
import { colour } from './theme.ts';
import { viridisCss } from './viridis.ts';
import { shorten } from './wrap-text.ts';

/** Items by their class and by the answer. */
export interface ConfusionMatrixInput extends TitleOption {
  /** K classes. */
  readonly classes: readonly string[];
  /** `[K][K]`: items of each class (rows) by the answer (columns). */
  readonly counts: readonly (readonly number[])[];
}

const INPUT: Shape<ConfusionMatrixInput> = { classes: list, counts: list, title: boolean };

const NAME_WIDTH = 132;
const HEAD = 20;
const SIZE = 11;
/** Beyond so many, numbers do not fit into cells. */
const MOST_NUMBERED = 14;
/** Beyond so many, names would touch. */
const MOST_NAMED = 32;

/**
 * The confusion matrix: each row a class, its colour the share of the class's items that got each answer, with the number of
 * items where there is room.
 * @throws {InvalidOptionError} unless counts are `[K][K]` @throws {UnknownOptionError}
 */
export function confusionMatrix(input: ConfusionMatrixInput): Figure {
  checkOptions('confusionMatrix', 'input', input, INPUT, ['classes', 'counts']);
  const { classes, counts } = input;
  const k = classes.length;
  if (k < 1 || counts.length !== k || counts.some((row: readonly number[]) => row.length !== k)) {
    throw new InvalidOptionError('counts', `${k} rows of ${k} counts, one a class`, counts);
  }
  const named = k <= MOST_NAMED;
  const left = MARGIN + (named ? NAME_WIDTH : HEAD);
  const side = FIGURE_WIDTH - left - MARGIN;
  const head = heading(titleOf(counts), subtitleOf(k), input.title);
  const top = head.bottom + HEAD + (named ? HEAD : 4);
  const place = { left, top, side: named ? Math.min(side, k * 52) : side };
  return drawChart(head, top + place.side + MARGIN, {
    graphic: [
      ...head.marks,
      ...(named ? cells(counts, place) : [raster(counts, place)]),
      ...axisNames(place, named),
      ...(named ? names(classes, place) : []),
    ],
  });
}

interface Place {
  readonly left: number;
  readonly top: number;
  readonly side: number;
}

function titleOf(counts: readonly (readonly number[])[]): string {
  const all = counts.flat().reduce((sum, count) => sum + count, 0);
  const right = counts.reduce((sum, row, i) => sum + (row[i] ?? 0), 0);
  return `${right.toLocaleString('en')} of ${all.toLocaleString('en')} answers are right: ${number((100 * right) / all, 1)} %`;
}

function subtitleOf(k: number): string {
  const numbers = k <= MOST_NUMBERED ? ', the number that of items' : '';
  return `Each row is a class, each column an answer. Colour: the share of the row from 0 (dark) to 1 (yellow)${numbers}.`;
}

function shares(row: readonly number[]): number[] {
  const sum = row.reduce((total, count) => total + count, 0);
  return row.map((count) => (sum === 0 ? 0 : count / sum));
}

function cells(counts: readonly (readonly number[])[], { left, top, side }: Place): Mark[] {
  const size = side / counts.length;
  const numbered = counts.length <= MOST_NUMBERED;
  return counts.flatMap((row, i) =>
    shares(row).flatMap((share, j) => {
      const [x, y] = [left + j * size, top + i * size];
      const shape = { x: x + 0.5, y: y + 0.5, width: size - 1, height: size - 1 };
      const cell = { type: 'rect', silent: true, shape, style: { fill: viridisCss(share) } };
      if (!numbered) return [cell];
      const fill = share > 0.55 ? '#1c2128' : '#ffffff'; // the colour map is light from there on
      return [cell, label(String(row[j]), x + size / 2, y + size / 2, { size: SIZE, align: 'center', fill })];
    }),
  );
}

function raster(counts: readonly (readonly number[])[], { left, top, side }: Place): Mark {
  const values = Float32Array.from(counts.flatMap(shares));
  const image = rasterUri(values, counts.length, counts.length, [0, 1]);
  return { type: 'image', silent: true, style: { image, x: left, y: top, width: side, height: side } };
}

function axisNames({ left, top, side }: Place, named: boolean): Mark[] {
  const muted = { fill: colour('muted'), size: SIZE };
  return [
    label('answers', left + side / 2, top - (named ? 1.5 : 0.5) * HEAD, { ...muted, align: 'center' }),
    named
      ? label('classes', MARGIN, top - HEAD / 2, muted)
      : label('classes', MARGIN + 6, top + side / 2, { ...muted, align: 'center', rotation: Math.PI / 2 }),
  ];
}

/** The classes at the left, and their numbers above. */
function names(classes: readonly string[], { left, top, side }: Place): Mark[] {
  const size = side / classes.length;
  return classes.flatMap((name, i) => [
    label(shorten(`${i + 1} ${name}`, NAME_WIDTH - 8, SIZE), left - 5, top + (i + 0.5) * size, {
      ...{ size: SIZE, align: 'right' },
    }),
    label(String(i + 1), left + (i + 0.5) * size, top - HEAD / 2, {
      ...{ size: SIZE, align: 'center', fill: colour('muted') },
    }),
  ]);
}
