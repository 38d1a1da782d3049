import {
  anything,
  boolean,
  checkOptions,
  integerFrom,
  numberArray,
  oneOf,
  type Shape,
} from '../arguments.ts';
import { mean } from '../metrics/linear-algebra.ts';
import {
  drawChart,
  FIGURE_WIDTH,
  type Figure,
  font,
  heading,
  label,
  MARGIN,
  type Mark,
  type TitleOption,
} from './chart.ts';
import { number } from './number.ts';
import { QUADRANT_NAMES, QUADRANTS, type Quadrant } from './quadrants.ts';
import { sampleText } from './sample.ts';
import { type ColourName, colour } from './theme.ts';

/** Cosines or distances by kind of pair. */
export interface HistogramInput extends TitleOption {
  /** What the values are. */
  readonly metric: 'cosine' | 'euclidean';
  /** Of each quadrant, in any order. */
  readonly values: Readonly<Record<Quadrant, ArrayLike<number>>>;
  /** n, the pairs that the values are of. */
  readonly pairs: number;
  /** Number of all pairs, of which the values may be a sample. */
  readonly pairsInAll: number;
}

const ROW = 78;
const BARS = 44;
const AXIS = 34;
const COLOURS: Readonly<Record<Quadrant, ColourName>> = {
  imageImage: 'image',
  textText: 'text',
  matched: 'matched',
  mismatched: 'mismatched',
};

const INPUT: Shape<HistogramInput> = {
  metric: oneOf('cosine', 'euclidean'),
  values: anything,
  pairs: integerFrom(1),
  pairsInAll: integerFrom(1),
  title: boolean,
};
const VALUES: Shape<HistogramInput['values']> = {
  imageImage: numberArray,
  textText: numberArray,
  matched: numberArray,
  mismatched: numberArray,
};

/**
 * One histogram a kind of pair, one below the other over the same axis, with the means marked.
 * @throws {InvalidOptionError} @throws {UnknownOptionError}
 */
export function quadrantHistograms(input: HistogramInput): Figure {
  checkOptions<HistogramInput>('quadrantHistograms', 'input', input, INPUT, [
    'metric',
    'values',
    'pairs',
    'pairsInAll',
  ]);
  checkOptions('quadrantHistograms', 'values', input.values, VALUES, QUADRANTS);
  const kinds = QUADRANTS.filter((kind) => input.values[kind].length > 0);
  const title = histogramTitle(input);
  const head = heading(title, subtitle(input), input.title);
  const top = head.bottom + 6;
  const range = commonRange(kinds.map((kind) => input.values[kind]));
  const rows = kinds.map((kind, i) => histogramRow(input.values[kind], kind, i, top + i * ROW, range));
  const last = kinds.length - 1;
  return drawChart(head, top + kinds.length * ROW + AXIS, {
    graphic: [...head.marks, ...rows.flatMap(({ marks }) => marks)],
    grid: rows.map(({ grid }) => grid),
    xAxis: kinds.map((_, i) => valueAxis(i, range, i === last ? NAMES[input.metric] : undefined)),
    yAxis: kinds.map((_, i) => ({ type: 'value', gridIndex: i, min: 0, max: 1, show: false })),
    series: rows.flatMap(({ series }) => series),
  });
}

const NAMES = { cosine: 'cosine', euclidean: 'Euclidean distance' } as const;

function histogramTitle({ metric, values }: HistogramInput): string {
  const [matched, mismatched] = [mean(values.matched), mean(values.mismatched)];
  const closer = metric === 'cosine' ? matched > mismatched : matched < mismatched;
  if (values.mismatched.length === 0) return `The only pair: ${NAMES[metric]} ${number(matched)}`;
  const equal = number(matched) === number(mismatched);
  const verdict = equal ? 'as close as' : closer ? 'closer than' : 'no closer than';
  const numbers = `mean ${NAMES[metric]} ${number(matched)} and ${number(mismatched)}`;
  return `Matching pairs are ${verdict} other pairs: ${numbers}`;
}

function subtitle({ metric, pairs, pairsInAll }: HistogramInput): string {
  const shown = sampleText(pairs, pairsInAll, pairsInAll === 1 ? 'pair' : 'pairs');
  return `${metric === 'cosine' ? 'Cosines' : 'Euclidean distances'} by kind of pair: ${shown}. Each histogram is drawn to its own height; the line is the mean.`;
}

function commonRange(all: readonly ArrayLike<number>[]): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const values of all) {
    for (let i = 0; i < values.length; i++) {
      low = Math.min(low, values[i] ?? low);
      high = Math.max(high, values[i] ?? high);
    }
  }
  const edge = Math.max((high - low) * 0.03, 1e-6);
  return [low - edge, high + edge];
}

function histogramRow(
  values: ArrayLike<number>,
  kind: Quadrant,
  index: number,
  top: number,
  range: readonly [number, number],
) {
  const own = colour(COLOURS[kind]);
  const middle = mean(values);
  const line = { type: 'line', xAxisIndex: index, yAxisIndex: index, silent: true, symbol: 'none' };
  const count = values.length.toLocaleString('en');
  const marks: Mark[] = [
    label(`${QUADRANT_NAMES[kind]} (${count})`, MARGIN, top + 9, { bold: true }),
    label(`mean ${number(middle, 3)}`, FIGURE_WIDTH - MARGIN, top + 9, {
      align: 'right',
      fill: own,
      bold: true,
    }),
  ];
  return {
    marks,
    grid: { left: MARGIN, width: FIGURE_WIDTH - 2 * MARGIN, top: top + 20, height: ROW - 24 },
    series: [
      {
        ...line,
        data: outline(values, range),
        lineStyle: { width: 0 },
        areaStyle: { color: own, opacity: 0.55 },
      },
      {
        ...line,
        data: [
          [middle, 0],
          [middle, 1],
        ],
        lineStyle: { color: own, width: 2 },
      },
    ],
  };
}

/** The histogram's outline, its highest bar at 1. */
function outline(values: ArrayLike<number>, [low, high]: readonly [number, number]): [number, number][] {
  const counts = new Float64Array(BARS);
  const width = (high - low) / BARS;
  for (let i = 0; i < values.length; i++) {
    const bar = Math.min(Math.max(Math.floor(((values[i] ?? low) - low) / width), 0), BARS - 1);
    counts[bar] = (counts[bar] ?? 0) + 1;
  }
  const highest = Math.max(...counts);
  return Array.from(counts, (count, i): [number, number][] => [
    [low + i * width, count / highest],
    [low + (i + 1) * width, count / highest],
  ]).flat();
}

function valueAxis(index: number, [min, max]: readonly [number, number], name: string | undefined) {
  const last = name !== undefined;
  return {
    type: 'value',
    gridIndex: index,
    min,
    max,
    axisLine: { show: true, lineStyle: { color: colour('rule') } },
    axisTick: { show: last, lineStyle: { color: colour('rule') } },
    splitLine: { show: false },
    axisLabel: {
      show: last,
      showMinLabel: false,
      showMaxLabel: false,
      formatter: (value: number) => number(value),
      color: colour('muted'),
      ...font(11),
    },
    name,
    nameLocation: 'middle',
    nameGap: 21,
    nameTextStyle: { color: colour('muted'), ...font(11) },
  };
}
