import { aNumber, boolean, checkOptions, list, type Shape } from '../arguments.ts';
import type { ReliabilityBin } from '../metrics/evaluation/report.ts';
import {
  drawChart,
  FIGURE_WIDTH,
  type Figure,
  heading,
  label,
  MARGIN,
  type Mark,
  straightLine,
  type TitleOption,
} from './chart.ts';
import { number } from './number.ts';
import { colour } from './theme.ts';

/** The calibration of answers. */
export interface ReliabilityInput extends TitleOption {
  /** Bins of confidence from 0 to 1, as `classificationMetrics` gives them. */
  readonly bins: readonly ReliabilityBin[];
  /** The expected calibration error, from 0 to 1. Unit: none. */
  readonly error: number;
}

const INPUT: Shape<ReliabilityInput> = { bins: list, error: aNumber, title: boolean };
const SIDE = 240;
const LEFT = 52;
const AXIS = 34;
const SIZE = 11;

/**
 * The reliability diagram (Guo et al. 2017): the share of right answers in each bin of confidence, beside the diagonal on which
 * both are the same.
 * @throws {InvalidOptionError} @throws {UnknownOptionError}
 */
export function reliabilityDiagram(input: ReliabilityInput): Figure {
  checkOptions('reliabilityDiagram', 'input', input, INPUT, ['bins', 'error']);
  const { bins, error } = input;
  const head = heading(
    `Confidence and accuracy differ by ${number(100 * error, 1)} points on average`,
    'Bars: the share of right answers among those of a confidence. Where it is as large as the confidence, a bar ends at the diagonal; below, the model is too sure. Faint bars hold less than 1 % of the items.',
    input.title,
  );
  const place = { left: LEFT, top: head.bottom + 10 };
  return drawChart(head, place.top + SIDE + AXIS, {
    graphic: [...head.marks, ...bars(bins, place), ...axes(place)],
  });
}

interface Place {
  readonly left: number;
  readonly top: number;
}

const WIDTH = FIGURE_WIDTH - LEFT - MARGIN;

function bars(bins: readonly ReliabilityBin[], { left, top }: Place): Mark[] {
  const all = bins.reduce((sum, { items }) => sum + items, 0);
  return bins.flatMap(({ low, high, items, accuracy }) => {
    if (items === 0) return [];
    const height = SIDE * accuracy;
    const shape = {
      ...{ x: left + WIDTH * low + 1, y: top + SIDE - height },
      ...{ width: WIDTH * (high - low) - 2, height },
    };
    const opacity = items < 0.01 * all ? 0.35 : 1;
    return [{ type: 'rect', silent: true, shape, style: { fill: colour('image'), opacity } }];
  });
}

function axes({ left, top }: Place): Mark[] {
  const [right, bottom] = [left + WIDTH, top + SIDE];
  const muted = { size: SIZE, fill: colour('muted') };
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  return [
    straightLine(left, bottom, right, bottom, colour('rule')),
    straightLine(left, top, left, bottom, colour('rule')),
    straightLine(left, bottom, right, top, colour('text'), 1.5),
    ...ticks.flatMap((tick) => [
      label(number(tick), left + WIDTH * tick, bottom + 11, {
        ...muted,
        align: tick === 1 ? 'right' : 'center',
      }),
      label(number(tick), left - 6, bottom - SIDE * tick, { ...muted, align: 'right' }),
    ]),
    label('confidence', left + WIDTH / 2, bottom + 25, { ...muted, align: 'center' }),
    label('accuracy', MARGIN, top + SIDE / 2, { ...muted, align: 'center', rotation: Math.PI / 2 }),
  ];
}
